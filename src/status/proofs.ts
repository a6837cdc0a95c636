import type { Runner } from '../host/exec.js';
import { verdictOf } from '../snapshot/snapshot-orchestrator.js';
import { findSnapshots, listSnapshots, type Snapshot, snapshotNames } from '../zfs/zfs.js';
import type { Proof } from './evidence.js';

/** As many are quicker listed at once than named first. */
const FEW = 100;

/**
 * What proofs of a dataset's snapshots have found, the newest snapshot first, down to the newest that is proven: nobody
 * asks for older ones. Whether a snapshot is proven takes a look into it, which ZFS does in seconds for some thousands;
 * so the newest are looked into first, and each time twice as many of those before them.
 * @param count of its snapshots
 */
export async function readProofs(runner: Runner, dataset: string, count: number): Promise<Proof[]> {
  if (count <= FEW) return proofsIn(await listSnapshots(runner, dataset));
  const left = await snapshotNames(runner, dataset);
  const proofs: Proof[] = [];
  for (let block = FEW; left.length > 0; block *= 2) {
    const names = left.splice(0, block);
    const found = await findSnapshots(runner, names);
    // One of them has gone meanwhile.
    if (found.length !== names.length) return proofsIn(await listSnapshots(runner, dataset));
    proofs.push(...proofsIn(found));
    if (proofs.some(({ verdict }) => verdict === 'ok')) break;
  }
  return proofs;
}

function proofsIn(snapshots: readonly Snapshot[]): Proof[] {
  return snapshots.flatMap((snapshot) => {
    const verdict = verdictOf(snapshot);
    return verdict === undefined ? [] : [{ ...verdict, tag: snapshot.tag, createdAt: snapshot.createdAt }];
  });
}
