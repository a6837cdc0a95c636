import { expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { Command, Runner } from '../../../src/host/exec.js';
import { releaseOthers } from '../../../src/offsite/hold.js';
import { COLUMNS } from '../../../src/registry/list.js';
import { attachmentProperties } from '../../../src/registry/registry.js';

interface Taken {
  tag: string;
  /** Of the transaction group that it was made in. */
  group: number;
  made: boolean;
  holds: string[];
  clones: string;
  pinned: boolean;
}

const SHOP = 'bench-pool/shop';
const OTHER = 'bench-pool/other';
const FILES = 'bench-pool/_volumes/files';

/** A pool as far as it is asked here: two benches, a volume that both may write, and snapshots. */
class Pool implements Runner {
  readonly destroyed: string[] = [];
  readonly released: string[] = [];
  setAside = false;
  private readonly snapshots = new Map<string, Taken[]>([
    [SHOP, []],
    [OTHER, []],
    [FILES, []],
  ]);

  /** One that was taken to be copied, of these datasets at one moment. */
  take(group: number, datasets: readonly string[], over: Partial<Taken> = {}): void {
    const tag = `t${group}`;
    for (const each of datasets)
      this.of(each).unshift({ tag, group, made: true, holds: [], clones: '-', pinned: false, ...over });
  }

  of(dataset: string): Taken[] {
    return this.snapshots.get(dataset) ?? [];
  }

  left(dataset: string): string[] {
    return this.of(dataset).map(({ tag }) => tag);
  }

  async run({ argv, okExitCodes }: Command) {
    const stdout = this.answer(argv);
    expect(okExitCodes === undefined || okExitCodes.includes(1)).toBe(true);
    return { argv, stdout, stderr: '', exitCode: 0, durationMs: 0 };
  }

  private answer(argv: readonly string[]): string {
    const [, verb] = argv;
    const last = argv.at(-1) ?? '';
    if (verb === 'list' && argv.includes('snapshot')) return this.listed(last);
    if (verb === 'list') return this.registry();
    if (verb === 'get' && argv.includes('bench:offsite'))
      return lines(
        this.of(last).filter(({ made }) => made),
        ({ tag }) => `${last}@${tag}\t${tag}`,
      );
    if (verb === 'get') return lines(this.named(argv.slice(7)), ([name, { group }]) => `${name}\t${group}`);
    if (verb === 'holds')
      return lines(this.named(argv.slice(4)), ([name, { holds }]) =>
        holds.map((hold) => `${name}\t${hold}\t0`).join('\n'),
      );
    if (verb === 'release') {
      this.released.push(last);
      for (const [, each] of this.named([last])) each.holds = each.holds.filter((hold) => hold !== argv[2]);
      return '';
    }
    if (verb !== 'destroy') throw new Error(`not asked: ${argv.join(' ')}`);
    this.destroyed.push(last);
    const [dataset = '', tags = ''] = last.split('@');
    const staying = this.of(dataset).filter(({ tag }) => !tags.split(',').includes(tag));
    expect(staying).toHaveLength(this.of(dataset).length - tags.split(',').length);
    this.snapshots.set(dataset, staying);
    return '';
  }

  private named(names: readonly string[]): [string, Taken][] {
    return names.flatMap((name) => {
      const [dataset = '', tag] = name.split('@');
      return this.of(dataset)
        .filter((each) => each.tag === tag)
        .map((each): [string, Taken] => [name, each]);
    });
  }

  private listed(dataset: string): string {
    return lines(this.of(dataset), ({ tag, group, holds, clones, pinned }) =>
      [`${dataset}@${tag}`, group, 0, 0, 0, holds.length, clones, `guid-${tag}`, 'stopped']
        .concat(['-', '-', '-', '-', '-', pinned ? 'yes' : '-'])
        .join('\t'),
    );
  }

  private registry(): string {
    const since = '2026-11-24T10:15:00.000Z';
    const attached = ['shop', 'other'].map((bench) => ({
      bench,
      path: 'sites/files',
      mode: 'rw' as const,
      since,
    }));
    const rows: Record<string, string>[] = [
      { name: SHOP, 'bench:name': 'shop' },
      { name: OTHER, 'bench:name': 'other' },
      { name: FILES, 'bench:volume': '1', 'bench:shared': 'on', ...attachmentProperties(attached) },
      ...(this.setAside ? [{ name: 'bench-pool/_shop.kept' }] : []),
    ];
    return lines(rows, (row) =>
      COLUMNS.map((column) => row[column] ?? (column === 'type' ? 'filesystem' : '-')).join('\t'),
    );
  }
}

function lines<T>(all: readonly T[], line: (each: T) => string): string {
  return all.map((each) => `${line(each)}\n`).join('');
}

async function shop(): Promise<BenchConfig> {
  const text = '[bench]\nname = "shop"\n[[volumes]]\nname = "files"\npath = "sites/files"\n';
  const { config, findings } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

/** After the copy of t2, with t1 before it. */
async function afterTwo(over: Partial<Taken> = {}): Promise<Pool> {
  const pool = new Pool();
  pool.take(1, [SHOP], { holds: ['bench:offsite'] });
  pool.take(1, [FILES], over);
  pool.take(2, [SHOP], { holds: ['bench:offsite'] });
  pool.take(2, [FILES]);
  return pool;
}
const release = async (pool: Pool) => releaseOthers(await shop(), pool, new Set(['guid-t2']));

test('what was taken only to be copied goes with that of its volumes, volumes first; the last one stays', async () => {
  const pool = await afterTwo();
  await release(pool);
  expect(pool.released).toEqual([`${SHOP}@t1`]);
  expect(pool.destroyed).toEqual([`${FILES}@t1`, `${SHOP}@t1`]);
});

test.each<[string, Partial<Taken>]>([
  ['holds', { holds: ['mine'] }],
  ['has cloned', { clones: 'bench-pool/copy' }],
  ['pins', { pinned: true }],
])('both stay where somebody %s that of a volume, and go once that is over', async (_, over) => {
  const pool = await afterTwo(over);
  await release(pool);
  expect(pool.destroyed).toEqual([]);
  for (const each of pool.of(FILES)) Object.assign(each, { holds: [], clones: '-', pinned: false });
  await release(pool);
  expect(pool.destroyed).toEqual([`${FILES}@t1`, `${SHOP}@t1`]);
});

test('that of a volume stays where somebody holds that of the bench', async () => {
  const pool = await afterTwo();
  for (const each of pool.of(SHOP)) if (each.tag === 't1') each.holds.push('mine');
  await release(pool);
  expect(pool.released).toEqual([`${SHOP}@t1`]);
  expect(pool.destroyed).toEqual([]);
});

test('what earlier copies have left of a volume goes, but for what is held or was not taken to be copied', async () => {
  const pool = new Pool();
  pool.take(1, [FILES]);
  pool.take(2, [FILES], { holds: ['mine'] });
  pool.take(3, [FILES], { made: false });
  pool.take(4, [FILES]);
  pool.take(5, [SHOP, FILES]);
  await releaseOthers(await shop(), pool, new Set(['guid-t5']));
  expect(pool.destroyed).toEqual([`${FILES}@t4,t1`]);
  expect(pool.left(FILES)).toEqual(['t5', 't3', 't2']);
});

test('what another bench has of the same volume stays, and so does what an undo may bring back', async () => {
  const pool = new Pool();
  pool.take(1, [OTHER, FILES]);
  pool.take(2, [SHOP, FILES]);
  await release(pool);
  expect(pool.destroyed).toEqual([]);
  pool.take(3, [FILES]);
  pool.setAside = true;
  await release(pool);
  expect(pool.destroyed).toEqual([]);
  pool.setAside = false;
  await release(pool);
  expect(pool.destroyed).toEqual([`${FILES}@t3`]);
});
