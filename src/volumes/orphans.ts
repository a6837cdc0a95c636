import type { Runner } from '../host/exec.js';
import { volumesOf } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { bytes, rows, zfsList } from '../zfs/zfs.js';
import { CLONE_TAG } from './clone-tag.js';
import { EXPORT_TAG } from './left-exports.js';
import { OVERLAY_TAG } from './overlay.js';

/** Bench takes them for one clone each, under an id of their own: nobody else's are called so. */
const TAKEN_FOR_A_CLONE = new RegExp(`@(${CLONE_TAG}|${OVERLAY_TAG}|${EXPORT_TAG})[0-9a-f]{8,}$`);
/**
 * A private copy is made without the lock of the pool: between its snapshot and its clone lie moments, and somebody may
 * be in between. In milliseconds.
 */
const AT_WORK_MS = 10 * 60_000;

const COLUMNS = ['name', 'creation', 'clones'] as const;

export interface TakenForAClone {
  snapshot: string;
  createdAt: Date;
  hasClones: boolean;
}

/** The snapshots of a pool's data volumes that were taken for a clone. One process. */
export function snapshotsForClones(runner: Runner, pool: string): Promise<TakenForAClone[]> {
  return zfsList(
    runner,
    ['-t', 'snapshot', '-d', '2', '-o', COLUMNS.join(','), volumesOf(pool)],
    parseForClones,
  );
}

/** What `zfs list -H -p -t snapshot -o name,creation,clones` prints. */
export function parseForClones(stdout: string): TakenForAClone[] {
  return rows(stdout, COLUMNS, 'zfs list -t snapshot')
    .filter(([name]) => TAKEN_FOR_A_CLONE.test(name))
    .map(([name, creation, clones]) => ({
      snapshot: name,
      createdAt: new Date(bytes(creation) * 1000),
      hasClones: clones !== '' && clones !== '-',
    }));
}

/** Those whose clone was never made, or has gone without them. Under the lock of the pool. Pure. */
export function orphanSteps(found: readonly TakenForAClone[], now: Date): Step[] {
  return found
    .filter(
      ({ snapshot, hasClones, createdAt }) =>
        !hasClones &&
        (!snapshot.includes(`@${OVERLAY_TAG}`) || now.getTime() - createdAt.getTime() > AT_WORK_MS),
    )
    .map(({ snapshot }) => ({ kind: 'snapshot.destroy', snapshot }));
}
