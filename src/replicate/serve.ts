import type * as z from 'zod/mini';
import { epochOf, hostBenches, readHostRecord, readSuperseded, volumeDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { unitStates } from '../host/systemd.js';
import { unitName } from '../mariadb/mariadb.js';
import { benchName, tag as tagProblem, volumeName } from '../names.js';
import { onOneLine } from '../printable.js';
import type { Beyond } from '../volume-manager/volume-manager.js';
import { findDataset, listSnapshots } from '../zfs/zfs.js';
import { Finish, Look } from './answers.js';
import { askPeer } from './connection.js';
import { readCopies } from './copies.js';
import { yieldTo } from './fence.js';
import { PROTOCOL, ROOT } from './names.js';
import { promote } from './promote.js';
import { requireAnswered } from './right.js';
import { abort, aloneOnCopy, finish, isOfAnother, type Peer, receive } from './serve-copy.js';

/** What a verb answers. */
export type Answer = Look | { done: true } | { problem: string | null };

/** What a verb is carried out with. */
export interface Serving {
  runner: Runner;
  peer: Peer;
  /** Standard input as a text, for verbs that take one. */
  readInput: () => Promise<string>;
  /** What capabilities above add when a copy is taken up. */
  beyond: Beyond;
}

/**
 * Carries out one verb of another host: all that its key is good for (authorized_keys(5), `command=`).
 * @param said what ssh was asked to run, SSH_ORIGINAL_COMMAND
 * @throws UsageError `verb-unknown`, and what the verb throws
 */
export async function serve(said: string | undefined, serving: Serving): Promise<Answer> {
  const { verb, bench, rest } = parseVerb(said);
  const { runner, peer, readInput } = serving;
  switch (verb) {
    case 'look':
      return look(runner, peer, bench);
    case 'back':
      return { problem: await problemBack(runner, peer, bench) };
    case 'yield': {
      const epoch = epochIn(said, rest);
      const config = (await hostBenches()).find(({ name }) => name === bench);
      await yieldTo(runner, config, { bench, from: peer.from, epoch });
      return { done: true };
    }
    case 'take': {
      await promote({
        request: { bench, stopSource: false, yielded: epochIn(said, rest) },
        runner,
        confirm: async (preview) => {
          await requireFrom(preview.from, peer);
          requireAnswered(bench, preview.fleet);
        },
        onEvent: () => undefined,
        beyond: serving.beyond,
      });
      return { done: true };
    }
    case 'receive':
      await aloneOnCopy(bench, 'receiving a copy', () => receive(runner, peer, bench, rest[0] ?? ROOT));
      return { done: true };
    case 'abort':
      await aloneOnCopy(bench, 'giving up a stream', () => abort(runner, peer, bench, rest[0] ?? ROOT));
      return { done: true };
    case 'finish': {
      const told = parseInput(Finish, await readInput());
      await aloneOnCopy(bench, 'finishing a copy', () => finish(runner, peer, bench, told));
      return { done: true };
    }
    default:
      throw unknownVerb(said);
  }
}

function epochIn(said: string | undefined, [word = '']: readonly string[]): number {
  const epoch = Number(/^e([1-9]\d{0,8})$/.exec(word)?.[1]);
  if (Number.isInteger(epoch)) return epoch;
  throw unknownVerb(said);
}

/** Only who sends a copy may have it taken up. */
async function requireFrom(sender: string, { from }: Peer): Promise<void> {
  if (sender === from) return;
  throw new RefusedError(
    'copy-of-another',
    `The copy here is one that ${sender} sends, and not ${from}. Nothing was changed.`,
  );
}

/** Words parted by blanks, of letters that mean nothing to anybody: there is no quoting. */
export function parseVerb(said: string | undefined): { verb: string; bench: string; rest: string[] } {
  const [name, version, verb = '', bench = '', ...rest] = (said ?? '').split(' ');
  const isMember = (word: string) => word === ROOT || volumeName(word) === undefined;
  const [member, tag] = rest;
  const isFine =
    name === 'bench-replicate' &&
    version === PROTOCOL &&
    benchName(bench) === undefined &&
    rest.length <= 2 &&
    (member === undefined || isMember(member)) &&
    (tag === undefined || tagProblem(tag) === undefined);
  if (!isFine) throw unknownVerb(said);
  return { verb, bench, rest };
}

function unknownVerb(said: string | undefined): UsageError {
  return new UsageError(
    'verb-unknown',
    `This key is for the verbs of bench's replication, version ${PROTOCOL}, and nothing else: ${onOneLine((said ?? 'no command').slice(0, 100))}`,
    { suggestions: ['The same version of bench on both hosts: bench --version'] },
  );
}

function parseInput<T>(schema: z.ZodMiniType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError('verb-unknown', 'What came with the verb is not understood.', { cause });
  }
}

/** Of the root volume and of the volumes that the bench writes. */
async function snapshotsOf(
  runner: Runner,
  dataset: string,
  config: BenchConfig | undefined,
): Promise<NonNullable<Look['live']>['snapshots']> {
  const volumes = (config?.volumes ?? []).filter(({ mode }) => mode === 'rw');
  const datasets = [
    [ROOT, dataset],
    ...volumes.map(({ name }) => [name, volumeDataset(config?.volume.pool ?? '', name)]),
  ] as const;
  const found: [string, { tag: string; guid: string }[]][] = [];
  for (const [member = '', each = ''] of datasets)
    found.push([member, (await listSnapshots(runner, each)).map(({ tag, guid }) => ({ tag, guid }))]);
  return Object.fromEntries(found);
}

/** Why this host cannot ask the other one; null where it can. */
async function problemBack(runner: Runner, { from }: Peer, bench: string): Promise<string | null> {
  try {
    await askPeer(runner, from, ['look', bench], Look);
    return null;
  } catch (error) {
    if (error instanceof BenchError) return error.message;
    throw error;
  }
}

/**
 * What this host knows of a bench. Of a copy that another host sends it tells the epoch all the same: who asks before a
 * start has to hear of it.
 */
export async function look(runner: Runner, peer: Peer, bench: string): Promise<Look> {
  const [copy] = await readCopies(runner, peer.target, bench);
  const another = copy !== undefined && isOfAnother(copy, peer.from) ? copy : undefined;
  return {
    protocol: 1,
    time: new Date().toISOString(),
    live: await liveBench(runner, bench),
    target: peer.target,
    epoch: copy?.epoch ?? null,
    another: another === undefined ? null : { from: another.from, lineage: another.lineage ?? null },
    members: another === undefined ? (copy?.members ?? []) : [],
  };
}

/** The bench itself, where it is one of this host. */
export async function liveBench(runner: Runner, bench: string): Promise<Look['live']> {
  const record = await readHostRecord(bench).catch(() => undefined);
  const config = (await hostBenches()).find(({ name }) => name === bench);
  const dataset = record?.dataset ?? config?.volume.dataset;
  if (dataset === undefined) return null;
  const found = await findDataset(runner, dataset);
  if (found?.bench !== bench) return null;
  const unit = record?.mariadb.unit ?? (config && unitName(config.mariadb.instance));
  const [state] = unit === undefined ? [] : await unitStates(runner, [unit]);
  return {
    dataset,
    epoch: await epochOf(runner, dataset),
    active: state !== undefined && !['inactive', 'failed'].includes(state.active),
    superseded: (await readSuperseded(bench).catch(() => ({}))) !== undefined,
    snapshots: await snapshotsOf(runner, dataset, config),
  };
}
