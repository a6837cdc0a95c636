import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigChange, editConfig, editText } from '../../../src/config/edit.js';
import { BenchError, EXIT } from '../../../src/errors.js';

function set(text: string, key: string, value: ConfigChange['value']): string {
  return editText(text, [{ key, value }]);
}

describe('an existing key', () => {
  it.each<[what: string, before: string, key: string, value: ConfigChange['value'], after: string]>([
    ['bare', 'a = 1 # one\nb = 2\n', 'a', 3, 'a = 3 # one\nb = 2\n'],
    ['in a table', '[volume]\n  pool="x"   # why\n', 'volume.pool', 'y', '[volume]\n  pool="y"   # why\n'],
    ['literal string', "[v]\np = 'x'", 'v.p', 'y', "[v]\np = 'y'"],
    ['literal string that cannot stay one', "p = 'x'", 'p', "it's", 'p = "it\'s"'],
    ['multi-line string', 'p = """\nx\n  y""" # c\nq = 1', 'p', 'z', 'p = "z" # c\nq = 1'],
    ['quoted key', '["volume"]\n\'pool\' = "x"\n', 'volume.pool', 'y', '["volume"]\n\'pool\' = "y"\n'],
    [
      'blanks in headers',
      '[ volume . dataset ]\nquota="1G"',
      'volume.dataset.quota',
      '2G',
      '[ volume . dataset ]\nquota="2G"',
    ],
    [
      'dotted',
      '[volume]\ndataset . quota = "1G"\n',
      'volume.dataset.quota',
      '2G',
      '[volume]\ndataset . quota = "2G"\n',
    ],
    [
      'dotted from the top',
      'volume.dataset.quota = "1G"',
      'volume.dataset.quota',
      '2G',
      'volume.dataset.quota = "2G"',
    ],
    ['inline table', 'volume = { pool = "x", a=1 }\n', 'volume.pool', 'y', 'volume = { pool = "y", a=1 }\n'],
    ['nested inline', 'v = { d = { q = "1" } }', 'v.d.q', '2', 'v = { d = { q = "2" } }'],
    ['CRLF', '[v]\r\np = "x" # c\r\n', 'v.p', 'y', '[v]\r\np = "y" # c\r\n'],
    ['byte order mark', '\ufeffp = "x"\n', 'p', 'y', '\ufeffp = "y"\n'],
    ['one digit at the very end', 'p = 1', 'p', 22, 'p = 22'],
    ['another type', 'p = "x"', 'p', true, 'p = true'],
    ['list', 'u = [ "a" ]\n', 'u', ['b', 'c'], 'u = ["b", "c"]\n'],
    ['literal list', "u = ['a']\n", 'u', ['b'], "u = ['b']\n"],
    ['list to nothing', 'u = [\n  "a", # x\n]\n', 'u', [], 'u = []\n'],
    [
      'list over several lines',
      '[m]\r\n  units = [\r\n    "a",\r\n    "b"\r\n  ] # c\r\n',
      'm.units',
      ['x', 'y', 'z'],
      '[m]\r\n  units = [\r\n    "x",\r\n    "y",\r\n    "z",\r\n  ] # c\r\n',
    ],
    [
      'text with everything to escape',
      'p = ""',
      'p',
      'a"\\\n\t\u0001\u007fé😀',
      'p = "a\\"\\\\\\n\\t\\u0001\\u007fé😀"',
    ],
  ])('%s', (_, before, key, value, after) => {
    expect(set(before, key, value)).toBe(after);
  });

  it.each<[before: string, key: string, value: ConfigChange['value']]>([
    ['q = "60\\u0047"', 'q', '60G'],
    ['u = [\n "a", # why\n]', 'u', ['a']],
    ['p = 0xcec', 'p', 3308],
    ['p = 1.0', 'p', 1],
    ['a = 1', 'b', undefined],
  ])('is not touched where it already means that: %j', (text, key, value) => {
    expect(set(text, key, value)).toBe(text);
  });
});

describe('a list over several lines', () => {
  const UNITS = `units = [ # stopped in this order
  # the site
  "web.service", # behind nginx
  'worker.service',  # two of them

  # "old.service",
  "schedule.service" # once
  # more to come
]
`;
  const edited = (value: string[], text = UNITS) => set(text, 'units', value);

  it.each<[what: string, items: string[], from: string, to: string]>([
    [
      'another item at the end',
      ['web', 'worker', 'schedule', 'new'],
      '"schedule.service" #',
      '"schedule.service", #',
    ],
    ['one item fewer', ['web', 'schedule'], "  'worker.service',  # two of them\n", ''],
    ['the last removed', ['web', 'worker'], '\n  "schedule.service" # once', ''],
    ['the first removed', ['worker', 'schedule'], '\n  "web.service", # behind nginx', ''],
    ['an item between', ['web', 'new', 'worker', 'schedule'], 'nginx\n', 'nginx\n  "new.service",\n'],
  ])('%s', (_, items, from, to) => {
    const expected = UNITS.replace(from, to)
      .replace(/("schedule\.service")( #)/, '$1,$2')
      .replace('  # more', items.at(-1) === 'new' ? '  "new.service",\n  # more' : '  # more');
    expect(edited(items.map((item) => `${item}.service`))).toBe(expected);
  });

  it('takes the comment behind an item along and leaves the others where they are', () => {
    expect(edited(['schedule.service', 'web.service'])).toBe(`units = [ # stopped in this order
  # the site

  # "old.service",
  "schedule.service", # once
  "web.service", # behind nginx
  # more to come
]
`);
    expect(edited([])).toBe(`units = [ # stopped in this order
  # the site

  # "old.service",
  # more to come
]
`);
  });

  it.each<[before: string, items: string[], after: string]>([
    ['u = [\n  # none yet\n]', ['a'], 'u = [\n  "a",\n  # none yet\n]'],
    ['u = [ # c\n]', ['a'], 'u = [ # c\n  "a",\n]'],
    ['u = ["a", # x\n  "b"]', ['b', 'a'], 'u = [\n  "b",\n  "a", # x\n]'],
    ['u = ["a",\n  "b"]', ['a'], 'u = ["a"]'],
    ['u = ["a", "b",\n  "c" ] # d', ['b', 'c', 'x'], 'u = [ "b",\n  "c",\n  "x" ] # d'],
    ['u = [\n  "a" # x\n  , "b"\n]', ['a', 'b', 'c'], 'u = [\n  "a", # x\n   "b",\n  "c",\n]'],
    [
      'u = [\r\n  "a", # x\r\n  # y\r\n  "b" # z\r\n]',
      ['b', 'a'],
      'u = [\r\n  # y\r\n  "b", # z\r\n  "a", # x\r\n]',
    ],
    ['u = [\n  1, # one\n  "a",\n]', ['a'], 'u = [\n  "a",\n]'],
    ['u = [\n  "a#,", # x, y\n]', ['a#,', 'b'], 'u = [\n  "a#,", # x, y\n  "b",\n]'],
  ])('%j with %j', (before, items, after) => {
    expect(edited(items, before.replace(/^u/, 'units'))).toBe(after.replace(/^u/, 'units'));
  });
});

describe('a missing key', () => {
  it.each<[what: string, before: string, key: string, after: string]>([
    [
      'after the last of its table',
      '[a]\nx = 1 # c\n\n# next\n[b]\n',
      'a.k',
      '[a]\nx = 1 # c\nk = "v"\n\n# next\n[b]\n',
    ],
    ['with the indentation of its siblings', '[a]\n\tx = 1\n[b]', 'a.k', '[a]\n\tx = 1\n\tk = "v"\n[b]'],
    ['with the spacing of its siblings', '[a]\nx=1\n', 'a.k', '[a]\nx=1\nk="v"\n'],
    ['in an empty table', '[a] # c\n[b]\n', 'a.k', '[a] # c\nk = "v"\n[b]\n'],
    ['in an empty table at the end', '[a]', 'a.k', '[a]\nk = "v"'],
    ['after a list over lines', '[a]\nx = [\n 1,\n] # c\n[b]', 'a.k', '[a]\nx = [\n 1,\n] # c\nk = "v"\n[b]'],
    ['with CRLF', '[a]\r\nx = 1\r\n', 'a.k', '[a]\r\nx = 1\r\nk = "v"\r\n'],
    ['without a final newline', '[a]\r\nx = 1', 'a.k', '[a]\r\nx = 1\r\nk = "v"'],
    [
      'below its commented-out line',
      '[a]\n# k = "d" # doc\n# l = 1\nx = 1\n',
      'a.k',
      '[a]\n# k = "d" # doc\nk = "v"\n# l = 1\nx = 1\n',
    ],
    [
      'not below that of another table',
      '[a]\nx = 1\n# [b]\n# k = 1\n',
      'a.k',
      '[a]\nx = 1\nk = "v"\n# [b]\n# k = 1\n',
    ],
    ['not inside a list', '[a]\nx = [\n# k = 1\n]\n', 'a.k', '[a]\nx = [\n# k = 1\n]\nk = "v"\n'],
    ['beside dotted siblings', '[a]\nb.x = 1\nc = 1\n', 'a.b.k', '[a]\nb.x = 1\nb.k = "v"\nc = 1\n'],
    ['beside dotted siblings of the top', 'a.b.x = 1\n[c]\n', 'a.b.k', 'a.b.x = 1\na.b.k = "v"\n[c]\n'],
    ['in an inline table', '[a]\nb = { x = 1 } # c\n', 'a.b.k', '[a]\nb = { x = 1, k = "v" } # c\n'],
    ['in an empty inline table', 'a = {}', 'a.k', 'a = { k = "v" }'],
    ['below an inline table', 'a = { x = 1 }', 'a.b.k', 'a = { x = 1, b.k = "v" }'],
    ['in a new table at the end', '[a]\nx = 1\n', 'b.k', '[a]\nx = 1\n\n[b]\nk = "v"\n'],
    ['in a new table without a final newline', '[a]\nx = 1', 'b.k', '[a]\nx = 1\n\n[b]\nk = "v"\n'],
    [
      'in a new table after its family',
      '[a]\nx = 1\n# doc\n\n[c]\n',
      'a.b.k',
      '[a]\nx = 1\n# doc\n\n[a.b]\nk = "v"\n\n[c]\n',
    ],
    [
      'in a new table before a close neighbour',
      '[a]\nx = 1\n[c]\n',
      'a.b.k',
      '[a]\nx = 1\n\n[a.b]\nk = "v"\n\n[c]\n',
    ],
    [
      'in a new table above the comment that heads the next one',
      '[a]\nx = 1\n# about c\n[c]\n',
      'a.b.k',
      '[a]\nx = 1\n\n[a.b]\nk = "v"\n\n# about c\n[c]\n',
    ],
    [
      'in a new table below a comment that heads nothing',
      '[a]\nx = 1\n# y = 2\n\n# about c\n[c]\n',
      'a.b.k',
      '[a]\nx = 1\n# y = 2\n\n[a.b]\nk = "v"\n\n# about c\n[c]\n',
    ],
    [
      'in a new table before its sub-table',
      '[x]\n\n# about b\n[a.b]\ny = 1\n',
      'a.k',
      '[x]\n\n[a]\nk = "v"\n\n# about b\n[a.b]\ny = 1\n',
    ],
    ['in an empty file', '', 'a.k', '[a]\nk = "v"\n'],
    ['in a file of comments', '# c', 'a.k', '# c\n\n[a]\nk = "v"\n'],
    ['at the top', '# c\nx = 1\n[a]\n', 'k', '# c\nx = 1\nk = "v"\n[a]\n'],
    ['at the top of tables', '[a]\n', 'k', 'k = "v"\n[a]\n'],
    ['with a quoted part', '[a]\n', 'a."b c".k', '[a]\n\n[a."b c"]\nk = "v"\n'],
  ])('%s', (_, before, key, after) => {
    expect(set(before, key, 'v')).toBe(after);
  });
});

describe('removing', () => {
  it.each<[before: string, key: string, after: string]>([
    ['[a]\nk = 1 # c\nx = 1\n', 'a.k', '[a]\nx = 1\n'],
    ['[a]\nx = 1\nk = [\n 1\n]', 'a.k', '[a]\nx = 1\n'],
    ['a = { k = 1, x = 1 }', 'a.k', 'a = { x = 1 }'],
    ['a = { x = 1, k = 1 }', 'a.k', 'a = { x = 1 }'],
    ['a = { k = 1 }', 'a.k', 'a = {  }'],
    ['[a]\nb.k = 1\n', 'a.b.k', '[a]\n'],
    ['a.b.k = 1\r\nx = 1\r\n', 'a.b.k', 'x = 1\r\n'],
  ])('%j without %s', (before, key, after) => {
    expect(set(before, key, undefined)).toBe(after);
  });
});

describe('refusals', () => {
  it.each<[what: string, text: string, key: string, value: ConfigChange['value'], code: string]>([
    ['a table in place of the value', '[a.b]\n', 'a.b', 'v', 'config-edit-failed'],
    ['a value in place of the table', 'a = 1', 'a.b', 'v', 'config-edit-failed'],
    ['a list in place of the table', '[[a]]\n', 'a.b', 'v', 'config-edit-failed'],
    ['removing a table', '[a]\n', 'a', undefined, 'config-edit-failed'],
    ['half a surrogate pair', 'a = ""', 'a', '\ud800', 'config-edit-failed'],
    ['a text that is no TOML', 'a = ', 'b', 'v', 'config-edit-failed'],
    ['a text nested too deeply', `a${'.a'.repeat(50_000)} = 1`, 'b', 'v', 'config-edit-failed'],
    ['a key that is none', '', 'a b', 'v', 'config-key-invalid'],
    ['a key with a newline', '', 'a = 1\nb', 'v', 'config-key-invalid'],
    ['a key with a value', '', 'a = 1 #', 'v', 'config-key-invalid'],
    ['an empty key', '', '', 'v', 'config-key-invalid'],
  ])('%s', (_, text, key, value, code) => {
    expect(() => set(text, key, value)).toThrow(expect.objectContaining({ code }));
  });
});

describe('editConfig', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-edit-'));
    file = join(directory, 'bench.toml');
    await writeFile(file, '[bench]\nname = "shop"\n[volume.dataset]\nquota = "60G"\n');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('writes the change, keeps mode and owner and leaves nothing behind', async () => {
    await chmod(file, 0o640);
    const root = process.geteuid?.() === 0;
    if (root) await chown(file, 1234, 2345);
    expect(await editConfig(file, [{ key: 'volume.dataset.quota', value: '70G' }])).toEqual({
      changed: true,
      previous: [{ key: 'volume.dataset.quota', value: '60G' }],
    });
    expect(await readFile(file, 'utf8')).toBe('[bench]\nname = "shop"\n[volume.dataset]\nquota = "70G"\n');
    const { mode, uid, gid } = await stat(file);
    expect(mode & 0o777).toBe(0o640);
    if (root) expect([uid, gid]).toEqual([1234, 2345]);
    expect(await readdir(directory)).toEqual(['bench.toml']);
  });

  it('can be taken back to the byte, a key that was not there included', async () => {
    const before = await readFile(file, 'utf8');
    const { previous } = await editConfig(file, [
      { key: 'volume.dataset.quota', value: '70G' },
      { key: 'volume.dataset.reservation', value: '7G' },
    ]);
    expect(await editConfig(file, previous)).toMatchObject({ changed: true });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('writes nothing when nothing changes', async () => {
    await utimes(file, 1, 1);
    const before = await stat(file);
    expect(await editConfig(file, [{ key: 'volume.dataset.quota', value: '60G' }])).toMatchObject({
      changed: false,
    });
    const after = await stat(file);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, 1000]);
  });

  it('writes nothing that would not load', async () => {
    const before = await stat(file);
    const change = editConfig(file, [{ key: 'volume.dataset.reservation', value: '61G' }]);
    await expect(change).rejects.toMatchObject({ code: 'config-invalid', exitCode: EXIT.usage });
    expect((await stat(file)).ino).toBe(before.ino);
  });

  it('makes several changes at once or none', async () => {
    await editConfig(file, [
      { key: 'volume.dataset.quota', value: '80G' },
      { key: 'volume.dataset.reservation', value: '70G' },
      { key: 'volume.backing', value: 'auto' },
    ]);
    expect(await readFile(file, 'utf8')).toBe(
      '[bench]\nname = "shop"\n[volume]\nbacking = "auto"\n\n[volume.dataset]\nquota = "80G"\nreservation = "70G"\n',
    );
    const bad = editConfig(file, [
      { key: 'volume.dataset.quota', value: '90G' },
      { key: 'volume.pool', value: '-f' },
    ]);
    await expect(bad).rejects.toBeInstanceOf(BenchError);
    expect(await readFile(file, 'utf8')).toContain('80G');
  });

  it('mends a port that is written in another way than bench takes', async () => {
    await writeFile(file, '[bench]\nname = "shop"\n[mariadb]\nport = 3307.0 # ours\n');
    expect(await editConfig(file, [{ key: 'mariadb.port', value: 3307 }])).toMatchObject({ changed: true });
    expect(await readFile(file, 'utf8')).toContain('\nport = 3307 # ours\n');
  });

  it('writes through a symlink within the same owner', async () => {
    const link = join(directory, 'link.toml');
    await symlink('bench.toml', link);
    await editConfig(link, [{ key: 'mariadb.port', value: 3399 }]);
    expect(await readFile(file, 'utf8')).toContain('\n[mariadb]\nport = 3399\n');
    expect((await readdir(directory)).sort()).toEqual(['bench.toml', 'link.toml']);
  });

  it('clears away what a killed writer has left, and nothing else', async () => {
    await writeFile(join(directory, '.bench.toml.0123456789ab.bench-tmp'), 'half');
    await mkdir(join(directory, '.bench.toml.ba9876543210.bench-tmp'));
    await writeFile(join(directory, '.bench.toml.swp'), "an editor's");
    await editConfig(file, [{ key: 'mariadb.port', value: 3399 }]);
    expect((await readdir(directory)).sort()).toEqual(['.bench.toml.swp', 'bench.toml']);
  });

  it('says what keeps a file from being read', async () => {
    await expect(editConfig(join(directory, 'none'), [])).rejects.toMatchObject({
      code: 'config-unreadable',
    });
    await writeFile(file, 'x = ');
    await expect(editConfig(file, [])).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
