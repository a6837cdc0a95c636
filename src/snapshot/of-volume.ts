import { newerThan, releaseOwnHolds } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import {
  readRegistry,
  refuseAttached,
  refuseUnusable,
  requireVolume,
  type Volume,
  withPoolLock,
} from '../registry/registry.js';
import { refuseOpen } from '../volumes/volumes.js';
import {
  destroySnapshots as destroyCommand,
  encodeNote,
  findSnapshot,
  holdTags,
  listSnapshots,
  MARK,
  rollback,
  snapshotDataset,
} from '../zfs/zfs.js';
import { chooseSnapshots, type DestroyResult, parseReclaim } from './destroy.js';
import { type SnapshotList, snapshotsOf } from './list.js';
import { refuseHeldOrCloned, releaseNotes } from './obstacles.js';
import type { RestorePreview } from './preflight.js';
import { writtenSince } from './preflight-volumes.js';
import type { RestoreResult } from './restore.js';
import { freeTag, refuseLongNote, type SnapshotResult } from './snapshot.js';

/** The mark of a snapshot that is of a volume alone. */
const ALONE = 'none';

/** Alone in the pool of a volume, which is looked for once more then. */
async function withVolume<T>(
  host: Runner,
  name: string,
  purpose: string,
  work: (volume: Volume, runner: Runner) => Promise<T>,
): Promise<T> {
  const { pool, id } = requireVolume(await readRegistry(host), name);
  return withPoolLock(pool, host, purpose, async (runner) => {
    const volume = requireVolume(await readRegistry(runner, [pool]), id);
    refuseUnusable(volume);
    return work(volume, runner);
  });
}

/** A snapshot of one data volume as it is now: of a bench that writes it, nobody is asked to hold still. */
export function takeVolumeSnapshot(
  host: Runner,
  name: string,
  { tag: wanted, note }: { tag?: string; note?: string },
): Promise<SnapshotResult> {
  refuseLongNote(note);
  return withVolume(host, name, `bench volume snapshot --volume ${name}`, async ({ dataset }, runner) => {
    const tag = await freeTag([dataset], runner, wanted);
    const snapshot = `${dataset}@${tag}`;
    const marks = { [MARK.quiesce]: ALONE, ...(note === undefined ? {} : { [MARK.note]: encodeNote(note) }) };
    await runner.run(snapshotDataset(snapshot, marks));
    const made = await findSnapshot(runner, snapshot);
    const createdAt = (made?.createdAt ?? new Date()).toISOString();
    return { tag, name: snapshot, createdAt, quiesce: ALONE, lockWaitMs: 0, lockHeldMs: 0 };
  });
}

/** Every snapshot of one data volume, newest first. */
export async function listVolumeSnapshots(runner: Runner, name: string): Promise<SnapshotList> {
  return snapshotsOf(requireVolume(await readRegistry(runner), name).dataset, runner);
}

/** What a destroy would free, and everything that can speak against it. */
export async function previewVolumeDestroy(
  runner: Runner,
  name: string,
  tags: readonly string[],
): Promise<DestroyResult> {
  const volume = requireVolume(await readRegistry(runner), name);
  const { dataset } = volume;
  const snapshots = await listSnapshots(runner, dataset);
  const named = { name, volume: { dataset }, list: `bench volume list-snapshots --volume ${volume.name}` };
  const chosen = chooseSnapshots(named, snapshots, tags, await holdTags(runner, snapshots));
  const destroyed = chosen.map(({ tag }) => tag);
  const { stdout } = await runner.run(destroyCommand(dataset, destroyed, { dryRun: true }));
  return { dataset, destroyed, volumes: [], freedBytes: parseReclaim(stdout) };
}

/** Destroys them all or none. */
export function destroyVolumeSnapshots(
  host: Runner,
  name: string,
  tags: readonly string[],
): Promise<DestroyResult> {
  return withVolume(host, name, `bench volume destroy-snapshot --volume ${name}`, async ({ id }, runner) => {
    const found = await previewVolumeDestroy(runner, id, tags);
    await runner.run(destroyCommand(found.dataset, found.destroyed));
    return found;
  });
}

/**
 * What a rollback of one data volume would lose. One that is attached goes back with its bench, or is detached first.
 * @throws UsageError `snapshot-missing`; RefusedError `volume-attached`, `volume-open`, `snapshot-held`, `snapshot-cloned`
 */
export async function previewVolumeRestore(
  runner: Runner,
  name: string,
  tag: string,
): Promise<RestorePreview> {
  const volume = requireVolume(await readRegistry(runner), name);
  const { dataset } = volume;
  const snapshots = await listSnapshots(runner, dataset);
  const index = snapshots.findIndex((each) => each.tag === tag);
  const snapshot = snapshots[index];
  if (snapshot === undefined) {
    throw new UsageError(
      'snapshot-missing',
      `${dataset} has no snapshot ${onOneLine(tag)}. Nothing was changed.`,
      {
        suggestions: [`bench volume list-snapshots --volume ${volume.name}`],
      },
    );
  }
  refuseUnusable(volume);
  refuseAttached(volume, 'rolled back');
  await refuseOpen(volume, 'rolled back');
  const newer = snapshots.slice(0, index);
  const releases = await refuseHeldOrCloned(runner, newer, '');
  const written = await writtenSince(runner, dataset);
  return {
    dataset,
    tag,
    createdAt: snapshot.createdAt.toISOString(),
    destroys: newer.map((each) => each.tag),
    lostBytes: newer.reduce((sum, { writtenBytes }) => sum + writtenBytes, written),
    finishes: false,
    takesOver: null,
    keeps: false,
    replaces: null,
    volumes: [],
    releases,
  };
}

/** Rolls one data volume back. ZFS does it in one transaction: cut off, it is done or it is not. */
export async function restoreVolume(
  host: Runner,
  name: string,
  tag: string,
  confirmed: Pick<RestorePreview, 'destroys'>,
): Promise<RestoreResult> {
  const started = performance.now();
  return withVolume(
    host,
    name,
    `bench volume restore-snapshot ${tag} --volume ${name}`,
    async ({ id }, runner) => {
      const { dataset, destroys, lostBytes, releases } = await previewVolumeRestore(runner, id, tag);
      const unseen = destroys.filter((each) => !confirmed.destroys.includes(each));
      if (unseen.length > 0) {
        throw new RefusedError(
          'snapshots-appeared',
          `Since you were asked, this came into being: ${unseen.join(', ')}. It would be lost. Nothing was changed.`,
          { suggestions: ['Run the command again and look at what it shows.'] },
        );
      }
      await releaseOwnHolds(runner, newerThan(await listSnapshots(runner, dataset), tag));
      await runner.run(rollback(`${dataset}@${tag}`));
      const durationMs = Math.round(performance.now() - started);
      const notes = releaseNotes(releases);
      return { dataset, tag, destroyed: destroys, lostBytes, kept: null, volumes: [], notes, durationMs };
    },
  );
}
