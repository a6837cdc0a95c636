import { join } from 'node:path';
import { type DropNote, PRESERVED, UNIT_DIRECTORY } from '../bench/bench.js';
import { mountAt } from '../host/mounts.js';
import { isRunning } from '../host/systemd.js';
import { storedKeyFile } from '../keys/keys.js';
import { VOLUME_MARK } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { placeSteps, planBenchRelease } from '../volumes/volumes.js';
import { encodeNote } from '../zfs/zfs.js';
import type { DropFacts, Unit } from './facts.js';

/**
 * What takes a bench from a host, in an order in which it may be cut off anywhere, also by a power cut: nothing is
 * started by a boot any more before its guard goes; nothing is mounted any more before its dataset goes; and what is
 * recorded of the bench goes last. Pure. Each step is left out where it is done already.
 */
export function planDrop(facts: DropFacts): Step[] {
  return [
    ...noteSteps(facts),
    ...unitSteps(facts.units.schedule),
    ...unitSteps(facts.units.own),
    ...roomToStop(facts),
    ...unitSteps(facts.units.database),
    ...unmountSteps(facts),
    ...hostSteps(facts),
    ...holdSteps(facts),
    // Copies that a restore has set aside are clones of what is live, private copies of volumes among them.
    ...keptSteps(facts),
    ...planBenchRelease(facts.config, facts.registry),
    ...storageSteps(facts),
    ...(facts.plainConfig === undefined
      ? []
      : [{ kind: 'file.remove', path: facts.plainConfig, reason: REASON } as const]),
    ...facts.directories.map((path): Step => ({ kind: 'directory.remove', path })),
    { kind: 'state.remove', bench: facts.name },
  ];
}

const REASON = 'its bench is dropped';

/** @returns undefined where a drop that was cut off has left it */
export function noteFor(facts: DropFacts): DropNote {
  const { name, preserve, unattended, isLost, now, origin, record, config } = facts;
  const startedAt = now.toISOString();
  const whole = { ...record, units: config.maintenance.units, volumes: config.volumes };
  return {
    ...{ version: 1, bench: name, preserve, unattended, startedAt, origin: origin ?? null, record: whole },
    ...(isLost ? { forget: true } : {}),
  };
}

function noteSteps(facts: DropFacts): Step[] {
  return facts.note === undefined ? [{ kind: 'drop.begin', note: noteFor(facts) }] : [];
}

function isUp({ state }: Unit): boolean {
  return isRunning(state) && state.load !== 'not-found';
}

/** Stopped now, and not started by the next boot. Their files are bench's own, or somebody's and stay. */
function unitSteps(units: readonly Unit[]): Step[] {
  return [
    ...units.filter(isUp).map(({ unit }): Step => ({ kind: 'unit.stop', unit, reason: REASON })),
    ...units
      .filter(({ state }) => state.enabled === 'enabled')
      .map(({ unit }): Step => ({ kind: 'unit.disable', unit, reason: REASON, noReload: true })),
  ];
}

const MIB = 1024 ** 2;

/** A MariaDB that cannot write does not end: one that is full to its quota gets room first, where the pool has some. */
function roomToStop({ dataset, units, freeBytes }: DropFacts): Step[] {
  if (dataset === undefined || dataset.quotaBytes === 0 || !units.database.some(isUp)) return [];
  if (dataset.availableBytes >= 64 * MIB || freeBytes < MIB) return [];
  const quota = dataset.quotaBytes + Math.min(1024 * MIB, freeBytes);
  return [{ kind: 'dataset.set', dataset: dataset.name, properties: { quota: String(quota) } }];
}

/** What is mounted below comes first. */
function unmountSteps({ layout, mounts, preserve, dataset }: DropFacts): Step[] {
  const { parts, volumes } = layout;
  const unmount = (target: string): Step[] =>
    mountAt(mounts, target) === undefined ? [] : [{ kind: 'mount.remove', target }];
  const isMounted = mounts.some(({ source, root }) => source === layout.dataset && root === '/');
  return [
    ...volumes.flatMap(({ target }) => unmount(target)),
    // In a dataset that is kept whoever takes it up has to be able to write there.
    ...(preserve && mountAt(mounts, parts.benches.target) !== undefined
      ? volumes.map(({ target }): Step => ({ kind: 'target.release', path: target }))
      : []),
    ...unmount(parts.mariadb.target),
    ...unmount(parts.benches.target),
    ...(dataset !== undefined && isMounted
      ? [
          // The next boot does not mount it either.
          { kind: 'dataset.set', dataset: layout.dataset, properties: { canmount: 'noauto' } } as const,
          { kind: 'dataset.unmount', dataset: layout.dataset } as const,
        ]
      : []),
  ];
}

/** Lines of fstab, guards, settings and the timer: systemd has forgotten them when it has read its files again. */
function hostSteps({ layout, fstab, files, note }: DropFacts): Step[] {
  const lines = [...Object.values(layout.parts), ...layout.volumes].filter(({ source, target }) =>
    fstab.some((entry) => entry.source === source && entry.target === target),
  );
  const steps: Step[] = [
    ...lines.map(({ source, target }): Step => ({ kind: 'fstab.remove', source, target })),
    ...files.map((path): Step => ({ kind: 'file.remove', path, reason: REASON })),
  ];
  const isOfSystemd = lines.length > 0 || files.some((path) => path.startsWith(`${UNIT_DIRECTORY}/`));
  // Cut off just before, the files are gone and systemd has not noticed.
  return isOfSystemd || note !== undefined ? [...steps, { kind: 'systemd.reload' }] : steps;
}

/** A dataset that is kept keeps them: taken up again, the next copy builds on the last one. */
function holdSteps({ preserve, ownHolds }: DropFacts): Step[] {
  return preserve || ownHolds.length === 0 ? [] : [{ kind: 'holds.release', holds: ownHolds }];
}

function keptSteps({ preserve, kept, keptVolumes }: DropFacts): Step[] {
  const copies = preserve || kept === undefined ? [] : [...keptVolumes, kept.dataset];
  return copies.map((dataset) => ({ kind: 'dataset.destroy', dataset }));
}

function storageSteps(facts: DropFacts): Step[] {
  const { name, config, dataset, preserve, preserved, registry, now, origin } = facts;
  const { pool } = config.volume;
  const place = `${pool}/${PRESERVED}`;
  const to = join(place, name);
  if (preserve) {
    const marks = { [VOLUME_MARK.preserved]: encodeNote(now.toISOString()) };
    return [
      ...(dataset === undefined
        ? []
        : [
            ...placeSteps(registry, place),
            { kind: 'dataset.set', dataset: dataset.name, properties: { reservation: 'none' } } as const,
            { kind: 'dataset.rename', from: dataset.name, to } as const,
          ]),
      ...(preserved?.isMarked ? [] : [{ kind: 'dataset.set', dataset: to, properties: marks } as const]),
    ];
  }
  return [
    ...(dataset === undefined ? [] : [{ kind: 'dataset.destroy', dataset: dataset.name } as const]),
    ...(origin === undefined ? [] : [{ kind: 'snapshot.destroy', snapshot: origin } as const]),
  ];
}

function holdNotes({ preserve, ownHolds }: DropFacts): string[] {
  if (ownHolds.length === 0) return [];
  const which = ownHolds.map(({ snapshot, hold }) => `${snapshot} (${hold})`).join(', ');
  return [
    preserve
      ? `Bench's own holds, for copies elsewhere, stay: ${which}.`
      : `Bench's own holds, for copies elsewhere, end: ${which}. The copies themselves stay where they are.`,
  ];
}

/** Nothing of it is in sight: what is not said here nobody finds out later. */
function lostNotes({ name, record, config }: DropFacts): string[] {
  const { pool, backing, dataset } = record;
  const volumes = config.volumes.map((volume) => volume.name);
  return [
    `This host sees the pool ${pool.name} (${pool.guid}) nowhere; it lay on ${backing.path}. ${name} is forgotten, and not destroyed: whoever finds that pool finds ${dataset} in it.`,
    ...(volumes.length === 0 ? [] : [`Volumes that it had in that pool: ${volumes.join(', ')}.`]),
  ];
}

/** What the operator should know beside the steps, one sentence each. Pure. */
export function dropNotes(facts: DropFacts): string[] {
  const { note, name, units, originals, config, isLost } = facts;
  return [
    ...(note === undefined ? [] : [`A drop of ${name} that was begun ${note.startedAt} goes on.`]),
    ...units.own
      .filter(({ state }) => state.load !== 'not-found')
      .map(({ unit }) => `${unit} stays on the host, stopped and disabled.`),
    ...originals.map((path) => `${path} is in no dataset: it stays.`),
    ...(isLost ? lostNotes(facts) : [`The pool ${config.volume.pool} stays.`]),
    ...holdNotes(facts),
    ...(config.volume.key === undefined
      ? []
      : [
          `Its key stays where it lies (${storedKeyFile(config.volume.key)}): snapshots and copies elsewhere may need it.`,
        ]),
  ];
}
