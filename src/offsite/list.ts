import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { storedBytes } from './complete.js';
import { chainOf, readCopies } from './copies.js';
import type { Manifest } from './manifest.js';
import { openStore, requireOffsite } from './open.js';
import { type OffsiteRecord, readOffsiteRecord } from './record.js';
import { vanishedCopy } from './vanished.js';

/** A copy as `bench offsite list --json` prints it. Times ISO 8601, UTC. */
export interface ListedCopy {
  id: string;
  kind: 'full' | 'incremental';
  /** Of the snapshot. */
  tag: string;
  guid: string;
  createdAt: string;
  finishedAt: string;
  /** The copy that has to be received before it. */
  base: string | null;
  /** `broken`: one that it builds on is missing. */
  state: 'whole' | 'broken';
  streamBytes: number;
  storedBytes: number;
  parts: number;
  host: string;
  dataset: string;
  volumesLeftOut: string[];
  lockedUntil: string | null;
  /** What `bench offsite verify` has found last, on this host; null where nobody has looked. */
  verified: { verdict: 'ok' | 'bad'; level: string; at: string; reason: string | null } | null;
}

export interface CopyList {
  bench: string;
  url: string;
  /** The oldest snapshot first. */
  copies: ListedCopy[];
  damaged: { id: string; message: string }[];
  /** Parts without a manifest: no copies. */
  unfinished: string[];
  storedBytes: number;
}

/** Every copy of a bench, as the store itself has it. Changes nothing. */
export async function listCopies(bench: BenchConfig, runner: Runner): Promise<CopyList> {
  const config = await requireOffsite(bench);
  const store = await openStore(config.offsite, runner);
  const found = await readCopies(store, config.name);
  const { copies, unfinished } = found;
  const record = await readOffsiteRecord(config.name);
  const vanished = vanishedCopy(record, config.offsite, found);
  const { verdicts } = record;
  const damaged = [
    ...found.damaged,
    ...(vanished === undefined
      ? []
      : [{ id: vanished, message: 'was made from here, and is not there any more' }]),
  ];
  const listed = copies.map((copy) => listedCopy(copy, copies, verdicts));
  return {
    bench: config.name,
    url: config.offsite.url,
    copies: listed,
    damaged,
    unfinished,
    storedBytes: listed.reduce((sum, each) => sum + each.storedBytes, 0),
  };
}

function listedCopy(
  copy: Manifest,
  copies: readonly Manifest[],
  verdicts: OffsiteRecord['verdicts'],
): ListedCopy {
  const { id, kind, snapshot, base, stream, parts, source } = copy;
  return {
    id,
    kind,
    tag: snapshot.tag,
    guid: snapshot.guid,
    createdAt: snapshot.createdAt,
    finishedAt: copy.finishedAt,
    base: base?.id ?? null,
    state: chainOf(copies, copy) === undefined ? 'broken' : 'whole',
    streamBytes: stream.bytes,
    storedBytes: storedBytes(copy),
    parts: parts.length,
    host: source.host,
    dataset: source.dataset,
    volumesLeftOut: copy.volumes,
    lockedUntil: copy.lockedUntil,
    verified: verdicts[id] ?? null,
  };
}
