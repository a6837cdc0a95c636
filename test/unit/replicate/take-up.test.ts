import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { formatArgv, type Runner } from '../../../src/host/exec.js';
import type { Look } from '../../../src/replicate/answers.js';
import { type Follower, planFollow, readFollowers } from '../../../src/replicate/follow.js';
import { planForget } from '../../../src/replicate/plan-promote.js';
import { commandsFor, type Step } from '../../../src/steps/steps.js';

describe('a host that follows', () => {
  const config = {
    name: 'shop',
    mariadb: { instance: 'shop', port: 3307, dataDir: '/var/lib/mysql-shop', socketPath: '/run/shop.sock' },
    volume: { pool: 'tank', dataset: 'tank/shop', mountpoint: '/tank/shop' },
    volumes: [],
  } as unknown as BenchConfig;
  const plan = (follower: Partial<Follower>) =>
    planFollow(
      config,
      [{ member: '.', dataset: 'tank/shop', base: 'both', isAhead: false, quotaBytes: 0, ...follower }],
      {
        epoch: 2,
        by: 'web2',
        lineage: undefined,
        stamp: 'NOW',
        present: new Set(['tank/_copies', 'tank/_preserved']),
      },
    );
  const moves = (steps: readonly Step[]) =>
    steps
      .flatMap(commandsFor)
      .map(({ argv }) => formatArgv(argv))
      .filter((line) => /^zfs (rename|clone|promote)/.test(line));

  test('takes what both have for its copy', () => {
    expect(moves(plan({}))).toEqual(['zfs rename tank/shop tank/_copies/shop']);
  });

  test('sets what is ahead aside, and branches its copy off what both have', () => {
    expect(moves(plan({ isAhead: true }))).toEqual([
      expect.stringMatching(/^zfs clone .* tank\/shop@both tank\/_copies\/shop$/),
      'zfs promote tank/_copies/shop',
      'zfs rename tank/shop tank/_preserved/shop-NOW',
    ]);
  });

  test('goes on with a branch where it was cut off', () => {
    const aside = 'zfs rename tank/shop tank/_preserved/shop-NOW';
    const cloned = plan({ isAhead: true, branch: 'cloned' });
    expect(moves(cloned)).toEqual(['zfs promote tank/_copies/shop', aside]);
    expect(moves(plan({ isAhead: true, branch: 'promoted' }))).toEqual([aside]);
  });

  test('finds a branch that was cut off, by what ZFS says that it begins at', async () => {
    const live = { snapshots: { '.': [{ tag: 'both', guid: '7' }] } } as unknown as NonNullable<Look['live']>;
    const followers = (origins: Record<string, string>) =>
      readFollowers(config, datasets(origins), live).then(([found]) => found);
    expect(await followers({ 'tank/shop': 'tank/_copies/shop@both' })).toMatchObject({
      ...{ base: 'both', isAhead: true, branch: 'promoted' },
    });
    const cloned = { 'tank/shop': '-', 'tank/_copies/shop': 'tank/shop@both' };
    expect(await followers(cloned)).toMatchObject({ base: 'both', isAhead: true, branch: 'cloned' });
  });

  /** Datasets that begin at these snapshots. */
  function datasets(origins: Record<string, string>): Runner {
    return {
      run: async ({ argv }) => {
        const name = argv.at(-1) ?? '';
        const columns = argv[argv.indexOf('-o') + 1]?.split(',') ?? [];
        const row = columns.map((column) =>
          column === 'name' ? name : column === 'origin' ? origins[name] : '-',
        );
        const stdout = origins[name] === undefined ? '' : `${row.join('\t')}\n`;
        return { argv, stdout, stderr: '', exitCode: 0, durationMs: 0 };
      },
    };
  }

  test('sets aside as a whole what is encrypted', () => {
    expect(moves(plan({ base: undefined, isAhead: true }))).toEqual([
      'zfs rename tank/shop tank/_preserved/shop-NOW',
    ]);
  });
});

test('the mark that a copy is found by goes last', () => {
  const lines = planForget('tank', 'shop', ['files'])
    .flatMap(commandsFor)
    .map(({ argv }) => formatArgv(argv));
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe('zfs inherit bench:copy-of tank/shop');
});
