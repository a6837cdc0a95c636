import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBench } from '../../../src/bench/open-bench.js';
import { createBenchToml } from '../../../src/config/new-bench.js';
import { BenchError } from '../../../src/errors.js';
import { bindLine } from '../../../src/host/fstab.js';
import { destroySnapshots } from '../../../src/snapshot/destroy.js';
import { listBenchSnapshots } from '../../../src/snapshot/list.js';
import { preflight, previewRestore } from '../../../src/snapshot/preflight.js';
import { takeSnapshot } from '../../../src/snapshot/snapshot.js';
import { decodeNote } from '../../../src/zfs/marks.js';
import { RecordingHost } from './host.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { hostile, legalName, nearly } from './text.js';

const state = vi.hoisted(() => ({ directory: '', fstab: '' }));
// Locks and journals of this test belong into a directory of its own.
vi.mock('../../../src/host/paths.js', () => ({
  STATE_DIR: '/nonexistent',
  stateDir: (bench: string) => `${state.directory}/${bench}`,
  benchLock: (bench: string) => `${state.directory}/${bench}/lock`,
  HOST_LOCK: '/nonexistent/lock',
}));
// What flock(1) does is another test's matter, and a process for each case would take its time.
vi.mock('../../../src/host/lock.js', () => ({
  withLock: (_: unknown, work: (lock: { fd: number }) => Promise<unknown>) => work({ fd: 3 }),
  holding: (runner: unknown) => runner,
}));

// Else a restore is refused before it looks at anything of more interest.
vi.mock('../../../src/host/fstab.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/fstab.js')>()),
  readFstab: async () => state.fstab,
}));

const DATASET = 'bench-pool/shop';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bench-hostile-'));
  state.directory = join(root, '.state');
  mkdirSync(join(root, 'benches'));
  mkdirSync(join(root, 'benches/shop'));
  writeFileSync(
    join(root, 'benches/shop/bench.toml'),
    `[bench]\nname = "shop"\n[mariadb]\nsocket_path = "${root}/none.sock"\n`,
  );
  process.env.BENCHES_ROOT = join(root, 'benches');
  const parts = { benches: join(root, 'benches/shop'), mariadb: '/var/lib/mysql-shop' };
  state.fstab = Object.entries(parts)
    .map(([name, target]) => `${bindLine(`/${DATASET}/${name}`, target)}\n`)
    .join('');
});
afterAll(() => {
  delete process.env.BENCHES_ROOT;
  rmSync(root, { recursive: true });
});

const shop = () => openBench({ bench: 'shop', guess: false });

function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(BenchError);
  expect([2, 3]).toContain((error as BenchError).exitCode);
  // No line of it can pass for another one of bench's own.
  expect((error as BenchError).message).not.toMatch(/\n/);
}

/** The words of all commands that are neither bench's own nor the dataset. */
function foreignWords(host: RecordingHost): string[] {
  return host.commands.flat().filter((arg) => arg.startsWith(`${DATASET}@`) || arg.startsWith('bench:note='));
}

test(
  'the name of a bench is refused before anything is read, or stands for a directory below the root',
  async () => {
    await fc.assert(
      fc.asyncProperty(nearly(legalName), fc.boolean(), async (name, isNew) => {
        const before = readdirSync(root, { recursive: true }).length;
        try {
          const { file } = isNew
            ? await createBenchToml(name, 4000)
            : await openBench({ bench: name, guess: false });
          expect(file).toBe(`${root}/benches/${name}/bench.toml`);
          expect(name).toMatch(/^[A-Za-z][\w-]*$/);
          if (name !== 'shop') rmSync(join(root, 'benches', name), { recursive: true });
        } catch (error) {
          expectRefusal(error);
        }
        expect(readdirSync(root, { recursive: true })).toHaveLength(before);
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);

describe('a tag or a note', () => {
  test('of a new snapshot is refused before any command, or is one word of the commands', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const config = await shop();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(nearly(legalName), fc.option(hostile, { nil: undefined }), async (tag, note) => {
        const host = new RecordingHost(DATASET, 'shop');
        try {
          await takeSnapshot(config, host, { tag, ...(note === undefined ? {} : { note }) });
        } catch (error) {
          expectRefusal(error);
          expect(foreignWords(host)).toEqual([]);
          return;
        }
        taken++;
        expect(tag).toMatch(/^[A-Za-z0-9][\w.:-]*$/);
        const [argv] = host.commands.filter((each) => each[1] === 'snapshot');
        expect(argv?.at(-1)).toBe(`${DATASET}@${tag}`);
        const stored = argv?.find((arg) => arg.startsWith('bench:note='))?.slice('bench:note='.length);
        if (note === undefined) {
          expect(stored).toBeUndefined();
          return;
        }
        expect(stored).toMatch(/^[A-Za-z0-9_.%-]*$/);
        // Half a surrogate pair is in no argument that a program is given.
        expect(decodeNote(stored ?? '')).toBe(note.replace(/\p{Surrogate}/gu, '\ufffd'));
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(0);
  });

  const tags = nearly(legalName);
  test('that is to be destroyed or restored is in no command but as one that ZFS has named', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const config = await shop();
    const there = fc.uniqueArray(legalName, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        there,
        fc.array(tags, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (present, wanted, isFull) => {
          const named = wanted.map((tag, index) => (index === 0 ? (present[0] ?? tag) : tag));
          const names = named.map((tag) => (isFull ? `${DATASET}@${tag}` : tag));
          const snapshots = present.map((tag) => ({ tag, quiesce: 'stopped' }));
          const host = new RecordingHost(DATASET, 'shop', snapshots);
          await destroySnapshots(config, host, names).catch(expectRefusal);
          await previewRestore(config, host, { tag: names.at(-1) ?? '', keep: false }).catch(expectRefusal);
          for (const word of foreignWords(host)) {
            const [dataset, list = ''] = word.split('@');
            expect(dataset).toBe(DATASET);
            for (const tag of list.split(',')) expect(present).toContain(tag);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});

test('whatever zfs list prints of snapshots, only those of the own dataset are named in a command', {
  timeout: TIMEOUT_MS,
}, async () => {
  const config = await shop();
  const row = fc
    .tuple(
      nearly(fc.constantFrom(`${DATASET}@old`, 'tank/other@old')),
      nearly(fc.constantFrom('-', 'a%20note')),
    )
    .map(([name, note]) => `${name}\t1700000000\t0\t4096\t0\t0\t-\t42\tstopped\t${note}${'\t-'.repeat(5)}\n`);
  const printed = fc
    .array(fc.oneof({ weight: 4, arbitrary: row }, hostile), { maxLength: 4 })
    .map((rows) => rows.join(''));
  await fc.assert(
    fc.asyncProperty(printed, async (text) => {
      const host = new RecordingHost(DATASET, 'shop', [], text);
      const clear = (error: unknown) => {
        expect(error).toBeInstanceOf(BenchError);
        return undefined;
      };
      await listBenchSnapshots(config, host).catch(clear);
      await destroySnapshots(config, host, ['old']).catch(clear);
      // What a restore would roll back.
      const restore = await preflight(config, host, { tag: 'old', keep: false }).catch(clear);
      if (restore?.found !== undefined) expect(restore.found.snapshot?.name).toBe(`${DATASET}@old`);
      // And, as places to look for volumes in, the pool's own.
      const places = ['', '/_volumes', '/_preserved', '/_overlays', '/_exports'].map(
        (place) => `bench-pool${place}`,
      );
      for (const argv of host.commands) expect([DATASET, ...places]).toContain(argv.at(-1)?.split('@')[0]);
      for (const word of host.commands.flat().filter((each) => each.includes('@')))
        expect(word.split('@')[0]).toBe(DATASET);
    }),
    { numRuns: RUNS },
  );
});
