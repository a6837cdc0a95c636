import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManual } from '../../scripts/manifest.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const share = join(root, 'dist/share');
const manual = readManual(root);

describe('every command and flag is in', () => {
  test.each(['bench.1', 'bench.bash', '_bench', 'bench.fish'])('%s', async (name) => {
    const text = (await readFile(join(share, name), 'utf8')).replaceAll('\\-', '-');
    for (const { id, flags } of manual.commands) {
      for (const word of id.split(' ')) expect(text).toContain(word);
      for (const flag of flags)
        expect(text).toContain(name === 'bench.fish' ? `-l ${flag.name}` : `--${flag.name}`);
    }
  });
});

describe('bash completes', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bench-completion-'));
    for (const name of ['shop', 'office', 'shop.before-zfs-20250528-140000', '$(touch pwned)', '`id`']) {
      await mkdir(join(dir, 'benches', name), { recursive: true });
    }
    // A bench whose snapshots carry names that a shell would expand; what bench prints is real.
    await mkdir(join(dir, 'bin'));
    const list = [
      'Dataset: bench-pool/shop',
      '  20250528-140000               created: 2025-05-28 14:00:00  used: 124M',
      '  before-upgrade                created: 2025-05-28 13:00:00  used: 124M  created: nothing',
      '  $(touch pwned)                created: 2025-05-28 12:00:00  used: 124M',
    ];
    const script = `#!/bin/sh\necho "$*" > '${dir}/called'\ncat <<'END'\n${list.join('\n')}\nEND\n`;
    await writeFile(join(dir, 'bin/bench'), script, { mode: 0o755 });
  });
  afterAll(() => rm(dir, { recursive: true }));

  /** What bash offers for the last of these words. */
  async function complete(...words: string[]): Promise<string[]> {
    const script = `source '${share}/bench.bash'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bench
      ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { BENCHES_ROOT: join(dir, 'benches'), PATH: `${join(dir, 'bin')}:${process.env.PATH}` };
    const { stdout } = await execa('bash', ['-c', script, 'bash', ...words], { cwd: dir, env });
    return stdout.split('\n').filter(Boolean);
  }

  test.each<[string, string[]]>([
    ['bench|vol', ['volume']],
    ['bench|volume|list', ['list', 'list-snapshots']],
    ['bench|init|--d', ['--dry-run']],
    ['bench|volume|status|-b|', ['office', 'shop']],
    ['bench|volume|status|--bench|=|o', ['office']],
    ['bench|drop|', ['office', 'shop']],
    ['bench|volume|restore-snapshot|-b|shop|', ['20250528-140000', 'before-upgrade']],
    ['bench|volume|snapshot|--note|', []],
    ['bench|init|--wipe-device|ben', ['benches']],
    ['bench|nonsense|', []],
  ])('%s', async (typed, offered) => {
    expect(await complete(...typed.split('|'))).toEqual(offered);
  });

  test('the tags of the bench that was named, and runs nothing that a name says', async () => {
    await complete('bench', 'volume', 'destroy-snapshot', '-b', 'shop', '');
    expect(await readFile(join(dir, 'called'), 'utf8')).toBe('volume list-snapshots -b shop\n');
    await expect(readFile(join(dir, 'pwned'))).rejects.toThrow('ENOENT');
  });
});
