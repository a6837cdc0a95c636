import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { Command } from '../../../src/host/exec.js';

let directory: string;
vi.mock('../../../src/host/paths.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/paths.js')>()),
  benchLock: () => join(directory, 'lock'),
}));
/** What was taken along with the snapshots of the bench: volume → tags. */
let along: Record<string, string[]>;
vi.mock('../../../src/snapshot/members.js', async (original) => ({
  ...(await original<typeof import('../../../src/snapshot/members.js')>()),
  takenAlong: async (_: unknown, __: unknown, tags: readonly string[]) =>
    Object.entries(along)
      .map(([dataset, taken]) => ({ dataset, tags: tags.filter((tag) => taken.includes(tag)) }))
      .filter((each) => each.tags.length > 0),
}));
// Test files share their modules: one that was loaded before would not see what is mocked here.
vi.resetModules();
const { prune } = await import('../../../src/schedule/prune.js');
const { ScriptedRunner } = await import('../support/scripted-runner.js');

beforeEach(async () => {
  along = {};
  directory = await mkdtemp(join(tmpdir(), 'bench-prune-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function shop(): Promise<BenchConfig> {
  const text = '[bench]\nname = "shop"\n[schedule]\nsnapshot = "daily"\nkeep = { last = 1 }\n';
  const { config } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('not valid');
  return config;
}

const DATASET = 'bench-pool/shop';
const LIST = ['zfs', 'list', '-H', '-p', '-t', 'snapshot', '-d', '1', '-S', 'createtxg', '-o'];
const COLUMNS =
  'name,creation,used,referenced,written,userrefs,clones,guid,bench:quiesce,bench:note,bench:verified,bench:for,bench:of,bench:schedule,bench:pin';
const row = (tag: string, time: number, clones = '-') =>
  `${DATASET}@${tag}\t${time}\t0\t0\t0\t0\t${clones}\t4\tstopped\t-\t-\t-\t-\t${tag}\t-\n`;
const list = (stdout: string) => ({ argv: [...LIST, COLUMNS, DATASET], stdout });
const dry = (tags: string, bytes = 7) => ({
  argv: ['zfs', 'destroy', '-n', '-v', '-p', `${DATASET}@${tags}`],
  stdout: `reclaim\t${bytes}\n`,
});
const destroy = (tags: string, exitCode = 0) => ({
  argv: ['zfs', 'destroy', `${DATASET}@${tags}`],
  ...(exitCode === 0 ? {} : { exitCode, stderr: 'cannot destroy snapshots: dataset already exists\n' }),
});

/** The dataset itself, whatever columns are asked of it. */
class Host extends ScriptedRunner {
  override run(command: Command) {
    if (!command.argv.some((word) => word.startsWith('filesystem'))) return super.run(command);
    const columns = (command.argv[command.argv.indexOf('-o') + 1] ?? '').split(',');
    const values: Record<string, string> = {
      name: DATASET,
      'bench:name': 'shop',
      mounted: 'yes',
      canmount: 'on',
    };
    const stdout = `${columns.map((column) => values[column] ?? '-').join('\t')}\n`;
    return new ScriptedRunner([{ argv: command.argv, stdout }]).run(command);
  }
}
const destroyed = (host: Host) => host.lines.filter((line) => /^zfs destroy [^-]/.test(line));

const THREE = row('c', 300) + row('b', 200) + row('a', 100);

test('what no rule keeps goes by one process, and is looked for again', async () => {
  const host = new Host([list(THREE), dry('b,a'), destroy('b,a'), list(row('c', 300))]);
  expect(await prune(await shop(), host)).toMatchObject({ pruned: ['b', 'a'], freedBytes: 7, dryRun: false });
  expect(destroyed(host)).toEqual(['zfs destroy bench-pool/shop@b,a']);
});

test('what is there still, although zfs reported success, is told', async () => {
  const host = new Host([list(THREE), dry('b,a'), destroy('b,a'), list(row('c', 300) + row('a', 100))]);
  await expect(prune(await shop(), host)).rejects.toMatchObject({
    code: 'prune-incomplete',
    message: expect.stringContaining('still has a'),
  });
});

test('one that somebody has cloned just then stays, and the others go', async () => {
  const cloned = row('c', 300) + row('b', 200, 'bench-pool/copy') + row('a', 100);
  const host = new Host([
    ...[list(THREE), dry('b,a'), destroy('b,a', 1)],
    ...[list(cloned), dry('a'), destroy('a'), list(row('c', 300) + row('b', 200, 'bench-pool/copy'))],
  ]);
  expect((await prune(await shop(), host)).pruned).toEqual(['a']);
});

test('what zfs refuses for another reason is told, and not tried again', async () => {
  const host = new Host([list(THREE), dry('b,a'), destroy('b,a', 1)]);
  await expect(prune(await shop(), host)).rejects.toMatchObject({ code: 'command-failed' });
  expect(destroyed(host)).toHaveLength(1);
});

test('nothing to prune starts no zfs destroy', async () => {
  const host = new Host([list(row('c', 300))]);
  expect((await prune(await shop(), host)).pruned).toEqual([]);
  expect(destroyed(host)).toEqual([]);
});

test('what was taken along of volumes goes first, and stays where it is needed, with its bench', async () => {
  const volume = 'bench-pool/_volumes/files';
  along = { [volume]: ['a', 'b'] };
  const ofVolume = (text: string) => text.replaceAll(DATASET, volume);
  const host = new Host([
    list(THREE),
    // Somebody holds that of b.
    {
      ...list(''),
      argv: [...LIST, COLUMNS, volume],
      stdout: ofVolume(row('b', 200, 'bench-pool/copy') + row('a', 100)),
    },
    { ...dry('a', 5), argv: dry('a').argv.map(ofVolume) },
    dry('a', 7),
    { argv: destroy('a').argv.map(ofVolume) },
    destroy('a'),
    list(row('c', 300) + row('b', 200)),
  ]);
  const result = await prune(await shop(), host);
  expect(result).toMatchObject({
    pruned: ['a'],
    volumes: [{ dataset: volume, tags: ['a'] }],
    freedBytes: 12,
  });
  expect(result.snapshots.map(({ tag, keptBy }) => [tag, keptBy])).toEqual([
    ['c', ['last', 'newest']],
    ['b', ['needed']],
    ['a', []],
  ]);
  expect(destroyed(host)).toEqual([`zfs destroy ${volume}@a`, `zfs destroy ${DATASET}@a`]);
});
