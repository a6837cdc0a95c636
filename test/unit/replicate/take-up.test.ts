import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { formatArgv } from '../../../src/host/exec.js';
import { type Follower, planFollow } from '../../../src/replicate/follow.js';
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
      'zfs rename tank/shop tank/_preserved/shop-NOW',
      expect.stringMatching(/^zfs clone .* tank\/_preserved\/shop-NOW@both tank\/_copies\/shop$/),
      'zfs promote tank/_copies/shop',
    ]);
  });

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
