import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveReader, parseMember } from '../../../src/images/archive.js';
import { fixture } from '../support/fixture.js';

const contentOf = (lines: readonly string[]) => {
  const reader = archiveReader();
  for (const line of lines) reader.line(line);
  return reader.content();
};

const file = (name: string, size = 0) => `-rw-r--r-- 0/0 ${size} 2026-11-29 23:53:41 "${name}"`;
const directory = (name: string) => `drwxr-xr-x 0/0 0 2026-11-29 23:53:41 "${name}/"`;
const link = (name: string, target: string) =>
  `lrwxrwxrwx 0/0 0 2026-11-29 23:53:41 "${name}" -> "${target}"`;
const hard = (name: string, target: string) =>
  `hrw-r--r-- 0/0 0 2026-11-29 23:53:41 "${name}" link to "${target}"`;

test('what tar prints is read, whatever names are in it', () => {
  const lines = fixture('images/tar-listing.txt').trim().split('\n');
  const members = lines.map(parseMember);
  expect(members.map(({ type, name, target }) => [type, name, target])).toEqual([
    ['d', 'a/', undefined],
    ['-', 'a/sparse', undefined],
    ['p', 'a/fifo', undefined],
    ['c', 'a/dev', undefined],
    ['-', 'a/nl\n"q\\\xc3\xa9\t', undefined],
    ['-', 'a/na me', undefined],
    ['h', 'a/hard', 'a/na me'],
    ['d', 'a/d/', undefined],
    ['l', 'a/l -> k', '../x -> y'],
  ]);
  expect(members[1]?.sizeBytes).toBe(1_048_577);
  expect(contentOf(lines)).toMatchObject({
    members: 9,
    refusedCount: 2,
    refused: [expect.stringContaining('a FIFO'), expect.stringContaining('a character device')],
  });
});

test('a line that tar does not print is an error, never passed over', () => {
  for (const line of ['', 'tar: x', file('a').slice(1), `${file('a')} -> b`])
    expect(() => contentOf([line]), line).toThrow(/does not know/);
});

describe('refused is', () => {
  test.each<[string, string[]]>([
    ['an absolute name', [file('/etc/passwd')]],
    ['a name with ..', [file('a/../../b')]],
    ['a file behind a link', [link('a', 'b'), file('a/x')]],
    ['a link in the place of a directory', [file('a/x'), link('a', 'b')]],
    ['a directory in the place of a link', [link('a', 'b'), directory('a')]],
    ['a file in the place of a link', [link('a', 'b'), file('a')]],
    ['a link to an absolute path', [link('a', '/etc/passwd')]],
    ['a link that leads up and out', [link('a/b', '../../c')]],
    ['a link that goes up behind a name', [link('a/b', 'c/../../d')]],
    ['a link that goes up behind another link', [link('d/e/up', '../..'), link('x', 'd/e/up/../..')]],
    ['the whole as a link', [link('.', 'b')]],
    ['a hard link that leads out', [hard('a', '../b')]],
    ['a hard link to an absolute path', [hard('a', '/etc/shadow')]],
    ['a hard link of a link', [link('d/e/l', '../x'), hard('l', 'd/e/l')]],
    ['a hard link behind a link', [link('l', 'd'), hard('x', 'l/y')]],
    ['a link over what a hard link goes through', [hard('x', 'd/y'), link('d', 'e')]],
    ['a device', [`brw-r--r-- 0/0 8,0 2026-11-29 23:53 "sda"`]],
    ['a socket', [`srw-r--r-- 0/0 0 2026-11-29 23:53 "s"`]],
  ])('%s', (_, lines) => {
    expect(contentOf(lines).refusedCount).toBe(1);
  });
});

test('an ordinary tree is taken, with links that stay inside', () => {
  const content = contentOf([
    directory('.'),
    directory('./a'),
    file('./a/x', 513),
    link('./a/y', 'x'),
    link('./b', 'a'),
    link('./a/up', '../b'),
    hard('./c', './a/x'),
    link('./b', 'a'),
  ]);
  expect(content).toEqual({ members: 8, contentBytes: 8 * 512 + 1024, refused: [], refusedCount: 0 });
});

test('only the first few are told, and all are counted', () => {
  const content = contentOf(Array.from({ length: 9 }, (_, index) => file(`/${index}`)));
  expect(content.refused).toHaveLength(5);
  expect(content.refusedCount).toBe(9);
});

/** A tree of directories, links and files, as a file system resolves it. */
class Tree {
  private readonly nodes = new Map<string, { type: string; target: string }>();

  /** Where a path from a directory leads in the end; undefined where out. Too many links lead nowhere, as in Linux. */
  resolve(from: string[], path: string, followed = { links: 0 }): string[] | undefined {
    if (path.startsWith('/')) return undefined;
    followed.links += 1;
    if (followed.links > 40) return [];
    let at = from;
    for (const part of path.split('/').filter((each) => each !== '' && each !== '.')) {
      if (part === '..') {
        if (at.length === 0) return undefined;
        at = at.slice(0, -1);
        continue;
      }
      const next = [...at, part];
      const node = this.nodes.get(next.join('/'));
      const led = node?.type === 'l' ? this.resolve(at, node.target, followed) : next;
      if (led === undefined) return undefined;
      at = led;
    }
    return at;
  }

  /** False where it would be written outside. */
  add(type: string, name: string, target: string): boolean {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const own = parts.pop();
    const above = this.resolve([], parts.join('/'));
    if (above === undefined || own === '..') return false;
    if (own === undefined) return type !== 'l';
    if (type === 'h') {
      const to = this.resolve([], target.split('/').slice(0, -1).join('/'));
      if (to === undefined) return false;
      const origin = this.nodes.get([...to, target.split('/').at(-1)].join('/'));
      this.nodes.set([...above, own].join('/'), origin ?? { type: '-', target: '' });
      return true;
    }
    this.nodes.set([...above, own].join('/'), { type, target });
    return true;
  }

  leadsOut(): boolean {
    return [...this.nodes].some(
      ([path, { type, target }]) =>
        type === 'l' && this.resolve(path.split('/').slice(0, -1), target) === undefined,
    );
  }
}

test('of what is taken nothing lies or leads out, whatever comes in whatever order', () => {
  const part = fc.constantFrom('a', 'b', 'c', '..', '.');
  const path = fc
    .tuple(fc.constantFrom('', '', '', '/'), fc.array(part, { minLength: 1, maxLength: 5 }))
    .map(([root, parts]) => root + parts.join('/'));
  const member = fc.tuple(fc.constantFrom('-', 'd', 'l', 'l', 'h'), path, path);
  let taken = 0;
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 7 }), (members) => {
      const { refusedCount } = contentOf(
        members.map(([type, name, target]) =>
          type === 'l'
            ? link(name, target)
            : type === 'h'
              ? hard(name, target)
              : type === 'd'
                ? directory(name)
                : file(name),
        ),
      );
      if (refusedCount > 0) return;
      taken += 1;
      const tree = new Tree();
      for (const [type, name, target] of members) expect(tree.add(type, name, target)).toBe(true);
      expect(tree.leadsOut()).toBe(false);
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(100);
});
