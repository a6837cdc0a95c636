import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../src/bench/layout.js';
import { checkConfig } from '../../../src/config/load.js';
import { InterruptedError, RefusedError, VolumeError } from '../../../src/errors.js';
import type { Runner } from '../../../src/host/exec.js';
import { ensureParent, roomFor } from '../../../src/scratch/clone.js';
import { isScratchId, newScratchId, scratchNames } from '../../../src/scratch/names.js';
import { parseScratchDatasets } from '../../../src/scratch/registry.js';
import { startServer } from '../../../src/scratch/server.js';
import { stillThere } from '../../../src/scratch/with-scratch.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const LIST = [
  ...['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d'],
  ...['0', '-o', 'name,origin,mounted,referenced,bench:scratch', 'tank/_scratch'],
];

describe('names', () => {
  test('an id tells for whom it is, and is known again', () => {
    const id = newScratchId('my-shop');
    expect(id).toMatch(/^my-shop-[0-9a-f]{12}$/);
    expect(isScratchId(id)).toBe(true);
    for (const other of ['shop', 'shop-abc', '../x-0123456789ab', 'x-0123456789ab.lock', 'a b-0123456789ab'])
      expect(isScratchId(other)).toBe(false);
  });

  test('the longest socket fits into an address', () => {
    const { socketPath } = scratchNames('tank', newScratchId('x'.repeat(40)));
    expect(Buffer.byteLength(socketPath)).toBeLessThan(107);
  });
});

test('clones are read with the mark that they have, their own or by their place', () => {
  const stdout =
    'tank/_scratch\t-\tno\t98304\tparent\ntank/_scratch/shop-0123456789ab\ttank/shop@t\tyes\t1024\tparent\n';
  expect(parseScratchDatasets(stdout)).toEqual([
    { name: 'tank/_scratch', origin: undefined, isMounted: false, referencedBytes: 98304, isMarked: true },
    {
      name: 'tank/_scratch/shop-0123456789ab',
      origin: 'tank/shop@t',
      isMounted: true,
      referencedBytes: 1024,
      isMarked: true,
    },
  ]);
});

describe('what clones lie below', () => {
  const parent = (line: string) => ({ argv: LIST, stdout: line });
  const set = 'zfs set canmount=off mountpoint=none bench:scratch=parent tank/_scratch';

  test('is made where it is missing', async () => {
    const stderr = "cannot open 'tank/_scratch': dataset does not exist\n";
    const create = ['zfs', 'create', '-u', '-o', 'canmount=off', '-o', 'mountpoint=none'];
    const runner = new ScriptedRunner([
      { argv: LIST, stderr, exitCode: 1 },
      { argv: [...create, '-o', 'bench:scratch=parent', 'tank/_scratch'] },
    ]);
    await ensureParent(runner, 'tank');
    expect(runner.lines.at(-1)).toMatch(/^zfs create -u /);
  });

  test('gets the properties that a power cut has kept from it', async () => {
    const one = parent('tank/_scratch\t-\tyes\t98304\t-\n');
    const below = { argv: LIST.with(7, '1'), stdout: one.stdout };
    const runner = new ScriptedRunner([one, below, { argv: set.split(' ') }]);
    await ensureParent(runner, 'tank');
    expect(runner.lines.at(-1)).toBe(set);
  });

  test.each([
    ['with files in it', 'tank/_scratch\t-\tyes\t98304000\t-\n', ''],
    ['with datasets below it', 'tank/_scratch\t-\tyes\t98304\t-\n', 'tank/_scratch/x\t-\tyes\t98304\t-\n'],
  ])("is refused where it is somebody else's, %s", async (_, line, below) => {
    const runner = new ScriptedRunner([parent(line), { argv: LIST.with(7, '1'), stdout: line + below }]);
    await expect(ensureParent(runner, 'tank')).rejects.toMatchObject({ code: 'scratch-not-ours' });
  });
});

describe('the room for a copy', () => {
  const MIB = 1024 ** 2;
  /** What is asked is one dataset; which columns, the test of these says. */
  const withFree = (bytes: number) => {
    const fields = (fixture('zfs/list-filesystems.tsv').split('\n')[0] ?? '')
      .split('\t')
      .with(2, String(bytes));
    const result = { stdout: `${fields.join('\t')}\n`, stderr: '', exitCode: 0, durationMs: 0 };
    return { run: async ({ argv }: { argv: readonly string[] }) => ({ argv, ...result }) } as Runner;
  };

  test('is half of what is free, and at most 16G', async () => {
    expect(await roomFor(withFree(1024 * MIB), 'bench-pool')).toBe(512 * MIB);
    expect(await roomFor(withFree(1024 ** 4), 'bench-pool')).toBe(16 * 1024 * MIB);
  });

  test('is refused where a recovery might not fit, before anything is made', async () => {
    await expect(roomFor(withFree(511 * MIB), 'bench-pool')).rejects.toMatchObject({
      code: 'no-space-scratch',
    });
  });
});

test('the server sees the copy where the live files are, and can write nowhere else', async () => {
  const { config } = await checkConfig(
    '[bench]\nname = "shop"\n[mariadb]\ndata_dir = "/srv/my $data:\\"dir\\""\n[volume]\npool = "a:b"\n',
    '/srv/benches/shop/bench.toml',
  );
  if (config === undefined) throw new Error('not valid');
  const names = scratchNames('a:b', 'shop-0123456789ab');
  const { argv } = startServer(names, layoutOf(config), 'shop', '/run/x.sql');
  const volume = '/run/bench/scratch/shop-0123456789ab/volume';
  expect(argv).toContain(
    `--property=BindPaths="${volume}":"/a:b/shop" "${volume}/benches":"/srv/benches/shop" ` +
      `"${volume}/mariadb":"/srv/my $data:\\"dir\\""`,
  );
  expect(argv).toContain('--property=ProtectSystem=strict');
  expect(argv).toContain('--property=PrivateNetwork=yes');
  // The settings of the instance hold but for these: a limit would break off the look at a large table.
  expect(argv).toContain('--max-statement-time=0');
  const program = argv.indexOf('--');
  expect(argv.slice(program + 1, program + 4)).toEqual([
    'mariadbd',
    '--defaults-group-suffix=.shop',
    // systemd takes a dollar sign for the beginning of a variable.
    '--datadir=/srv/my $$data:"dir"',
  ]);
});

describe('a copy that cannot be taken away', () => {
  const names = scratchNames('tank', 'shop-0123456789ab');
  const busy = new VolumeError('command-failed', 'zfs destroy failed.');

  test('is said with what was wrong before, and is no refusal that has changed nothing', () => {
    const first = new RefusedError('before-exists', 'There is one. Nothing was changed.', {
      suggestions: ['x'],
    });
    const error = stillThere(first, names, busy);
    expect(error).toMatchObject({
      code: 'before-exists',
      exitCode: 1,
      message:
        'There is one. Nothing was changed. The copy tank/_scratch/shop-0123456789ab could not be taken away: zfs destroy failed.',
      suggestions: ['x', expect.stringContaining('bench volume repair')],
    });
  });

  test('an interruption stays one', () => {
    const first = new InterruptedError('interrupted', 'Interrupted by SIGINT.');
    expect(stillThere(first, names, busy)).toMatchObject({ exitCode: 130, cause: first });
  });
});
