import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a page links to within this repository, and which heading of it. */
function linksOf(page: string): { to: string; heading: string | undefined }[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', heading] = target.split('#');
    return [{ to: path === '' ? page : resolve(dirname(page), path), heading }];
  });
}

/** As forges name them: small letters, blanks as dashes, and nothing else but letters, digits, dashes, underscores. */
function headingsOf(page: string): string[] {
  const lines = readFileSync(page, 'utf8')
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .split('\n');
  return lines
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    );
}

function pagesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name));
}

const pages = [join(root, 'README.md'), join(root, 'guest/README.md'), ...pagesBelow(join(root, 'docs'))];
const named = (path: string) => relative(root, path);

test('every link of a page leads somewhere', () => {
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .filter(
        ({ to, heading }) =>
          !existsSync(to) ||
          (heading !== undefined && to.endsWith('.md') && !headingsOf(to).includes(heading)),
      )
      .map(({ to, heading }) => `${named(page)} → ${named(to)}${heading === undefined ? '' : `#${heading}`}`),
  );
  expect(dead).toEqual([]);
});

test('every page and every picture is reached from README.md', () => {
  const reached = new Set([join(root, 'README.md')]);
  for (const page of reached) {
    if (statSync(page).isDirectory()) for (const below of pagesBelow(page)) reached.add(below);
    else if (page.endsWith('.md'))
      for (const { to } of linksOf(page)) if (existsSync(to)) reached.add(to.replace(/\/$/, ''));
  }
  const pictures = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(png|svg)$/.test(name))
    .map((name) => join(root, 'docs', name));
  expect([...pages, ...pictures].filter((path) => !reached.has(path)).map(named)).toEqual([]);
});
