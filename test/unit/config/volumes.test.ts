import { describe, expect, test } from 'vitest';
import { editVolumesText } from '../../../src/config/edit.js';
import { checkConfig } from '../../../src/config/load.js';

const add = (text: string, name: string) =>
  editVolumesText(text, [{ add: { name, path: `sites/${name}`, mode: 'rw' } }]);
const remove = (text: string, name: string) => editVolumesText(text, [{ remove: name }]);
const entry = (name: string, eol = '\n') =>
  ['[[volumes]]', `name = "${name}"`, `path = "sites/${name}"`, 'mode = "rw"', ''].join(eol);
const BENCH = '[bench]\nname = "shop"   # ours\n';

describe('an entry of [[volumes]]', () => {
  test.each<[string, string, string]>([
    ['at the end', BENCH, `${BENCH}\n${entry('a')}`],
    [
      'behind the last one',
      `${entry('a')}# c\n\n[x]\ny = 1\n`,
      `${entry('a')}# c\n\n${entry('b')}\n[x]\ny = 1\n`,
    ],
    ['with the line ends of the file', '[bench]\r\n', `[bench]\r\n\r\n${entry('a', '\r\n')}`],
    ['without a final newline', '[bench]', `[bench]\n\n${entry('a').trimEnd()}`],
    ['in an empty file', '', entry('a')],
    ['below the byte order mark', '\ufeff', `\ufeff${entry('a')}`],
  ])('is added %s', (_, before, after) => {
    const name = before.includes('"a"') ? 'b' : 'a';
    expect(add(before, name)).toBe(after);
    expect(remove(after, name)).toBe(before);
  });

  test.each([
    BENCH,
    '[bench]',
    '[bench]\r\nname = "x"\r\n\r\n',
    `${BENCH}\n\n`,
    `# [[volumes]]\n${BENCH}# end`,
    '',
  ])('of several, added to %j, each can go, and every other byte is there', (before) => {
    const both = add(add(before, 'a'), 'b');
    expect(remove(remove(both, 'a'), 'b')).toBe(before);
    expect(remove(remove(both, 'b'), 'a')).toBe(before);
  });

  test('comments of somebody else stay, those in the entry go with it', () => {
    const text = `# files of customers\n[[volumes]]\n# why\nname = "a" # x\npath = "p"\n# next\n[bench]\n`;
    expect(remove(text, 'a')).toBe('# files of customers\n# next\n[bench]\n');
  });

  test('what is written as one list is left to its author', () => {
    expect(() => add('volumes = [{ name = "x", path = "y" }]\n', 'a')).toThrow(/written as one list/);
    expect(() => add(`${entry('a')}`, 'a')).toThrow(/an entry a already/);
    expect(remove(BENCH, 'a')).toBe(BENCH);
  });
});

async function findings(volumes: string): Promise<string[]> {
  const { findings: found } = await checkConfig(`${BENCH}${volumes}`, '/x/bench.toml');
  return found.map(({ line, key, message }) => `${line}: ${key}: ${message}`);
}

describe('what [[volumes]] may say', () => {
  test('is filled in', async () => {
    const text = `${BENCH}[[volumes]]\nname="a"\npath="p/q"\nsize="10GiB"\n[[volumes]]\nname="b"\npath="p/r"\nmode="overlay"\noverlay_size="1GB"\n`;
    const { config } = await checkConfig(text, '/x/bench.toml');
    expect(config?.volumes).toEqual([
      { name: 'a', path: 'p/q', mode: 'rw', sizeBytes: 10 * 1024 ** 3 },
      { name: 'b', path: 'p/r', mode: 'overlay', overlayBytes: 1024 ** 3 },
    ]);
  });

  test.each<[string, string]>([
    ['[[volumes]]\nname="_a"\npath="p"', 'must start with a letter'],
    ['[[volumes]]\nname="a"', 'is missing'],
    ['[[volumes]]\nname="a"\npath="/p"', 'below the directory'],
    ['[[volumes]]\nname="a"\npath="p/../q"', '".." component'],
    ['[[volumes]]\nname="a"\npath="p//q"', 'empty'],
    ['[[volumes]]\nname="a"\npath="-p"', 'must not begin with "-"'],
    ['[[volumes]]\nname="a"\npath="p\\nq"', 'control character'],
    ['[[volumes]]\nname="a"\npath="p"\nmode="write"', '"rw", "ro" or "overlay"'],
    ['[[volumes]]\nname="a"\npath="p"\nsize="10XB"', 'whole number'],
    ['[[volumes]]\nname="a"\npath="p"\nmode="overlay"', 'needs it'],
    ['[[volumes]]\nname="a"\npath="p"\noverlay_size="1G"', 'only with'],
    ['[[volumes]]\nname="a"\npath="p"\nmod="rw"', 'is not a key of [volumes]; did you mean "mode"?'],
    ['[[volumes]]\nname="a"\npath="p"\n[[volumes]]\nname="a"\npath="q"', 'has a volume once'],
    ['[[volumes]]\nname="a"\npath="p"\n[[volumes]]\nname="b"\npath="p/q"', 'path of another volume'],
    ['[volumes]\nname="a"', 'list of tables'],
  ])('%j: %s', async (volumes, message) => {
    expect((await findings(volumes)).join('\n')).toContain(message);
  });
});
