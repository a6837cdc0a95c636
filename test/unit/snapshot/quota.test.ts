import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RestoreJournal } from '../../../src/bench/restore-journal.js';
import type { Restore } from '../../../src/snapshot/restore-state.js';
import { fixture } from '../support/fixture.js';

let directory: string;
let quota: typeof import('../../../src/snapshot/quota.js');
let journals: typeof import('../../../src/bench/restore-journal.js');
let datasets: typeof import('../../../src/zfs/datasets.js');
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-quota-'));
  vi.resetModules();
  const paths = await vi.importActual<object>('../../../src/host/paths.js');
  vi.doMock('../../../src/host/paths.js', () => ({ ...paths, stateDir: () => directory }));
  quota = await import('../../../src/snapshot/quota.js');
  journals = await import('../../../src/bench/restore-journal.js');
  datasets = await import('../../../src/zfs/datasets.js');
});
afterAll(async () => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.resetModules();
  await rm(directory, { recursive: true });
});

test('the quota is set again once: finished later, the one that was set meanwhile stays', async () => {
  const [line = ''] = fixture('zfs/list-filesystems.tsv').split('\n');
  const [dataset = ''] = line.split('\t');
  const [{ usedBytes } = { usedBytes: 0 }] = datasets.parseDatasets(`${line}\n`);
  const journal: RestoreJournal = {
    version: 2,
    mode: 'rollback',
    volumes: [],
    tag: 'good',
    snapshotGuid: '1',
    startedAt: '2026-11-24T16:01:02.190Z',
    phase: 'rolled-back',
    maintenanceBefore: 0,
    activeUnits: [],
    settings: {},
    raisedQuota: usedBytes,
  };
  const set: string[] = [];
  const runner = {
    run: async ({ argv }: { argv: readonly string[] }) => {
      if (argv[1] === 'set') set.push(argv.slice(2).join(' '));
      return { argv, stdout: `${line}\n`, stderr: '', exitCode: 0, durationMs: 0 };
    },
  };
  const restore = {
    config: { name: 'shop' },
    runner,
    journal,
    layout: { dataset },
    notes: [],
    step: (_: string, work: () => Promise<unknown>) => work(),
  } as unknown as Restore;
  await quota.lowerQuota(restore);
  expect(set).toEqual([`quota=${usedBytes} ${dataset}`]);
  const read = await journals.readJournal('shop');
  expect(read?.raisedQuota).toBeUndefined();
  await quota.lowerQuota({ ...restore, journal: read as RestoreJournal });
  expect(set).toHaveLength(1);
});
