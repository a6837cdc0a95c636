import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of the libraries that a bundle carries in it: each wants its text to go along.
 * @param inputs the files that went into the bundle, as esbuild's metafile names them
 * @throws Error where a library has no licence text: then it may not be bundled
 */
export function thirdPartyLicences(root: string, inputs: readonly string[]): string {
  const packages = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const sections = [...packages].sort().map((path) => {
    const { name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${licenceText(root, path, name).trim()}\n`;
  });
  return sections.join(`\n${'-'.repeat(78)}\n\n`);
}

/** Packages under the MIT licence that come without its text: who holds the copyright by their sources. */
const WITHOUT_TEXT: Readonly<Record<string, string>> = {
  '@hono/zod-validator': 'Copyright (c) 2021 - present, Yusuke Wada and Hono contributors',
  '@hono/zod-openapi': 'Copyright (c) 2021 - present, Yusuke Wada and Hono contributors',
  'yoga-layout': 'Copyright (c) Meta Platforms, Inc. and affiliates.',
};

function licenceText(root: string, path: string, name: string): string {
  const file = readdirSync(join(root, path)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file !== undefined) return readFileSync(join(root, path, file), 'utf8');
  const holder = WITHOUT_TEXT[name];
  if (holder === undefined) throw new Error(`${path} has no licence text.`);
  return readFileSync(join(root, 'LICENSE'), 'utf8').replace(/^Copyright .*$/m, holder);
}
