import { expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { formatArgv } from '../../../src/host/exec.js';
import { COLUMNS } from '../../../src/registry/list.js';
import { parseRegistry } from '../../../src/registry/registry.js';
import { planFollow } from '../../../src/replicate/follow.js';
import { planDatasets } from '../../../src/replicate/plan-promote.js';
import { commandsFor, type Step } from '../../../src/steps/steps.js';
import { planRepair } from '../../../src/volumes/repair.js';
import { copy, snapshot } from './members.js';

/** A dataset of which only what a registry reads matters here. */
type Row = Record<string, string>;

const LIVE: Row = {
  ...{ name: 'tank/_volumes/uploads', type: 'filesystem', used: '50000000000', mounted: 'no', guid: '7' },
  ...{ canmount: 'on', mountpoint: '/tank/_volumes/uploads', creation: '1' },
  ...{ 'bench:volume': '1', 'bench:made': 'create', 'bench:id': 'abc' },
};
const ATTACHED = JSON.stringify([
  { bench: 'shop', path: 'sites/files', mode: 'rw', since: '2026-01-01T00:00:00Z' },
]);
const COPY: Row = {
  ...{ name: 'tank/_copies/shop.uploads', type: 'filesystem', used: '50000000000', mounted: 'no', guid: '7' },
  ...{ canmount: 'noauto', mountpoint: '/tank/_copies/shop.uploads', creation: '1' },
  ...{ 'bench:copy-of': 'shop', 'bench:copy-from': 'web1', 'bench:copy-quota': '1000', 'bench:id': 'abc' },
};

/** What one command of ZFS's makes of it. */
function after(row: Row, argv: readonly string[]): Row {
  const [, verb, ...rest] = argv;
  const target = verb === 'rename' ? rest[0] : rest.at(-1);
  if (target !== row.name) return row;
  if (verb === 'rename') return { ...row, name: rest[1] ?? '' };
  if (verb === 'inherit') return Object.fromEntries(Object.entries(row).filter(([key]) => key !== rest[0]));
  if (verb !== 'set') return row;
  const pairs = rest.slice(0, -1).map((pair) => pair.split('='));
  return { ...row, ...Object.fromEntries(pairs) };
}

/** What `repair` would do at every point at which the steps can be cut off, and what the dataset is then. */
function repairs(row: Row, steps: readonly Step[]) {
  const commands = steps.flatMap(commandsFor).map(({ argv }) => argv);
  return [undefined, ...commands].map((argv, index) => {
    const now = commands.slice(0, index).reduce(after, row);
    const registry = parseRegistry(`${COLUMNS.map((column) => now[column] ?? '-').join('\t')}\n`);
    const { steps: destroyed, notes } = planRepair(registry, 'tank', undefined, [], new Date());
    return { behind: argv === undefined ? 'nothing' : formatArgv(argv), destroyed, notes, now };
  });
}

const promotion = planDatasets({
  found: {
    ...{ bench: 'shop', from: 'web1', pool: 'tank', epoch: 1, members: ['uploads'], moved: [] },
    ...{ root: 'tank/_copies/shop', copy: { bench: 'shop' } as never },
  },
  moment: {
    tag: 'one',
    createdAt: new Date(0),
    members: [copy('.', [snapshot('one', 1)]), copy('uploads', [snapshot('one', 1)])],
  },
  ...{
    epoch: 2,
    held: [],
    volumes: new Map([['uploads', 50_000_000_000]]),
    present: new Set(['tank/_volumes']),
  },
});

const config = {
  name: 'shop',
  mariadb: { instance: 'shop', port: 3307, dataDir: '/var/lib/mysql-shop', socketPath: '/run/shop.sock' },
  volume: { pool: 'tank', dataset: 'tank/shop', mountpoint: '/tank/shop' },
  volumes: [],
} as unknown as BenchConfig;
const following = (isAhead: boolean) =>
  planFollow(
    config,
    [{ member: 'uploads', dataset: 'tank/_volumes/uploads', base: 'one', isAhead, quotaBytes: 1000 }],
    { epoch: 2, by: 'web2', lineage: undefined, stamp: 'NOW', present: new Set() },
  );

test.each([
  ['a promotion', COPY, promotion],
  ['a promotion of what was followed before', { ...COPY, 'bench:attachments': ATTACHED }, promotion],
  ['a turn', LIVE, following(false)],
  ['a turn of what is attached', { ...LIVE, 'bench:attachments': ATTACHED }, following(false)],
  ['a turn of what is ahead', LIVE, following(true)],
])('cut off anywhere in %s, repair destroys nothing', (_, row, steps) => {
  const all = repairs(row, steps);
  expect(all.filter(({ destroyed }) => destroyed.length > 0)).toEqual([]);
  // It did go through the state that is asked about.
  expect(all.some(({ notes }) => notes.length > 0)).toBe(true);
});

test('half way, repair says which bench it belongs to and what goes on with it', () => {
  const told = new Set(repairs(COPY, promotion).flatMap(({ notes }) => notes));
  expect([...told]).toEqual([
    expect.stringContaining('bench promote shop, or bench replicate reverse -b shop'),
  ]);
});

test('at the end of a promotion it is a volume like any other', () => {
  expect(repairs(COPY, promotion).at(-1)?.now).toMatchObject({
    ...{ name: 'tank/_volumes/uploads', 'bench:volume': '1', 'bench:made': 'import', quota: '50000000000' },
  });
});
