import type { Runner } from '../host/exec.js';
import {
  decodeNote,
  encodeNote,
  findSnapshots,
  listSnapshots,
  localProperty,
  MARK,
  type Snapshot,
  setProperties,
  snapshotNames,
} from '../zfs/zfs.js';
import { recordVerdict, type Verdict, verdictOf } from './verdict.js';

/** A snapshot that was looked into. */
export interface Proof extends Verdict {
  tag: string;
  createdAt: Date;
}

/** As many are quicker listed at once than named first. */
const FEW = 100;

/**
 * What proofs of a dataset's snapshots have found, the newest snapshot first, down to the newest that is proven: nobody
 * asks for older ones. Of many, the dataset says which these are ({@link recordProof}).
 * @param count of its snapshots
 */
export async function readProofs(runner: Runner, dataset: string, count: number): Promise<Proof[]> {
  if (count <= FEW) return proofsIn(await listSnapshots(runner, dataset));
  const said = await localProperty(runner, dataset, MARK.proofs);
  const names = said === undefined ? [] : tagsIn(said).map((tag) => `${dataset}@${tag}`);
  const proofs = names.length === 0 ? [] : proofsIn(await findSnapshots(runner, names));
  // One that is gone, or was killed before it had its verdict, is told by nobody.
  return proofs.length === names.length && proofs.some(isProven)
    ? proofs
    : searchProofs(runner, dataset, await snapshotNames(runner, dataset));
}

/**
 * Whether a snapshot is proven takes a look into it, which ZFS does in seconds for some thousands; so the newest are looked
 * into first, and each time twice as many of those before them.
 */
async function searchProofs(runner: Runner, dataset: string, names: readonly string[]): Promise<Proof[]> {
  const left = [...names];
  const proofs: Proof[] = [];
  for (let block = FEW; left.length > 0; block *= 2) {
    const asked = left.splice(0, block);
    const found = await findSnapshots(runner, asked);
    // One of them has gone meanwhile.
    if (found.length !== asked.length) return proofsIn(await listSnapshots(runner, dataset));
    proofs.push(...proofsIn(found));
    if (proofs.some(isProven)) break;
  }
  return proofs;
}

/**
 * Writes a verdict on a snapshot, and before it on the dataset where the proofs are that count, if it has many snapshots.
 * The verdict is on the snapshot alone: what the dataset says only spares the search.
 */
export async function recordProof(runner: Runner, snapshot: Snapshot, verdict: Verdict): Promise<void> {
  const { name, tag, createdAt } = snapshot;
  const dataset = name.slice(0, name.indexOf('@'));
  const names = await snapshotNames(runner, dataset);
  if (names.length > FEW) {
    const others = (await searchProofs(runner, dataset, names)).filter((proof) => proof.tag !== tag);
    const place = (proof: Proof) => names.indexOf(`${dataset}@${proof.tag}`);
    const proofs = [...others, { ...verdict, tag, createdAt }].sort((a, b) => place(a) - place(b));
    const newest = proofs.findIndex(isProven);
    const counting = newest === -1 ? proofs : proofs.slice(0, newest + 1);
    const said = encodeNote(counting.map((proof) => proof.tag).join(','));
    // As long as a property of the user can be (zfsprops(7)); without it there is a search.
    if (said.length < LONGEST) await runner.run(setProperties(dataset, { [MARK.proofs]: said }));
  }
  await runner.run(recordVerdict(name, verdict));
}

const LONGEST = 8192;

/** No tag has a comma in it (zfs(8)). */
function tagsIn(said: string): string[] {
  return decodeNote(said)
    .split(',')
    .filter((tag) => /^[A-Za-z0-9_.: -]+$/.test(tag));
}

function isProven({ verdict }: Proof): boolean {
  return verdict === 'ok';
}

function proofsIn(snapshots: readonly Snapshot[]): Proof[] {
  return snapshots.flatMap((snapshot) => {
    const verdict = verdictOf(snapshot);
    return verdict === undefined ? [] : [{ ...verdict, tag: snapshot.tag, createdAt: snapshot.createdAt }];
  });
}
