import { isDeepStrictEqual } from 'node:util';
import {
  hostFiles,
  type Part,
  recordedClone,
  recordFor,
  recordPath,
  UNIT_DIRECTORY,
} from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { missingOptions, parseFstab } from '../host/fstab.js';
import { isRunning } from '../host/systemd.js';
import type { Owner } from '../host/users.js';
import { attachmentOf } from '../registry/registry.js';
import { enabledBeforeReload, type Step } from '../steps/steps.js';
import type { VolumesPlan } from '../volumes/volumes.js';
import type { Backing } from './backing.js';
import type { Facts, PartFacts } from './facts.js';
import { importOrder } from './import-order.js';
import { planMove } from './move.js';
import { planOperators } from './operators.js';
import { ownKeyFiles, planKeyUnit } from './plan-key.js';

/** Everything of the plan that is not read from the system: who owns what, and the time in a name. */
export interface PlanContext {
  /** `YYYYMMDD-HHMMSS`, UTC: originals are moved aside to `<dir>.before-zfs-<now>`. */
  now: string;
  mysql: Owner | undefined;
}

/** What lies in the dataset, and what makes the host see it and start it: the second half of the plan. */
export function planContents(
  config: BenchConfig,
  facts: Facts,
  backing: Backing,
  context: PlanContext,
  volumes: Pick<VolumesPlan, 'prepare' | 'show'>,
): Step[] {
  const { layout } = facts;
  const { benches, mariadb } = facts.parts;
  const steps: Step[] = [];
  const record = {
    ...recordFor(config, layout, backing, facts.access.operators, recordedClone(facts.dataset)),
    volumes: presentVolumes(config, facts),
  };
  if (!isRecorded(record, facts)) steps.push({ kind: 'host.record', file: recordPath(config.name), record });
  if (!facts.rootSentinel)
    steps.push({ kind: 'sentinel.write', directory: layout.mountpoint, bench: config.name });

  const files = planFiles(config, facts, backing);
  // The instance's section has to stand before its system tables are made: mariadb-install-db reads it.
  steps.push(...files.steps);
  const move = planMove(config, facts);
  let reload = files.reload || facts.unitsStale;
  const databaseMoves =
    mariadb.source !== 'ours' && (mariadb.target === 'data' || mariadb.movedTo !== undefined);
  if (reload && databaseMoves) {
    // The guard has to be in force before the data leave their place: the unit makes an empty database where none is.
    steps.push({ kind: 'systemd.reload' });
    reload = false;
  }
  steps.push(...move.before);
  steps.push(...planPart(benches, facts, context, config.name));
  const stopDatabase = databaseMoves && isRunning(facts.unit);
  if (stopDatabase) {
    steps.push({ kind: 'unit.stop', unit: layout.unit, reason: 'its data are about to be copied' });
  }
  steps.push(
    ...(mariadb.source === 'ours'
      ? planPart(mariadb, facts, context, config.name)
      : planDatabase(config, mariadb, facts, context)),
  );

  if (!facts.bindsKnown) reload = true;
  const binds: Step[] = [];
  for (const { part, mount } of [benches, mariadb]) {
    if (mount === 'none') steps.push({ kind: 'mountpoint.guard', path: part.target });
    const fstab = planFstab(facts.fstab, part);
    if (fstab.length > 0) reload = true;
    steps.push(...fstab);
    if (mount === 'none') binds.push({ kind: 'mount.bind', source: part.source, target: part.target });
  }
  if (reload) steps.push({ kind: 'systemd.reload' });
  steps.push(...binds);

  if (facts.missingStructure.length > 0) {
    steps.push({ kind: 'bench.structure', directory: benches.part.target, owner: facts.benchOwner });
  }
  // They are seen below the directory of the bench, which is mounted by now.
  steps.push(...volumes.prepare);
  if (volumes.prepare.some(({ kind }) => kind === 'fstab.add')) steps.push({ kind: 'systemd.reload' });
  steps.push(...volumes.show);
  steps.push(...planKeyUnit(config, facts));
  if (facts.unit.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit: layout.unit });
  if (stopDatabase || facts.unit.active !== 'active') {
    steps.push({ kind: 'unit.start', unit: layout.unit, socketPath: config.mariadb.socketPath });
  }
  steps.push(...move.after, ...planOperators(config, facts.access));
  return enabledBeforeReload(steps);
}

/** What is recorded was there: a volume that is still to be made is recorded in the round after. */
function presentVolumes({ name: bench, volumes }: BenchConfig, { registry, record }: Facts): WantedVolume[] {
  return volumes.filter(
    ({ name }) =>
      record?.volumes.some((recorded) => recorded.name === name) ||
      registry?.volumes.some(
        (volume) => volume.name === name && attachmentOf(volume, { bench }) !== undefined,
      ),
  );
}

function planFiles(config: BenchConfig, facts: Facts, backing: Backing): { steps: Step[]; reload: boolean } {
  const wanted = [
    ...hostFiles(config, facts.layout, recordedClone(facts.dataset)),
    ...ownKeyFiles(config),
    ...importOrder(config.volume.pool, backing, facts.mounts),
  ];
  const differing = wanted.filter(({ path, content }) => facts.files.get(path) !== content);
  const steps = differing.map((file): Step => ({ kind: 'file.write', ...file }));
  return { steps, reload: differing.some(({ path }) => path.startsWith(UNIT_DIRECTORY)) };
}

/** The bench's files: created empty, or brought in from where they are. Nothing is ever copied over a bench. */
function planPart(facts: PartFacts, all: Facts, context: PlanContext, bench: string): Step[] {
  const { part } = facts;
  if (typeof facts.mount === 'object') {
    throw new RefusedError(
      'target-is-mounted',
      `${part.target} is a mount point already (${facts.mount.foreign}).`,
      {
        suggestions: [
          `findmnt ${part.target}`,
          `Unmount it and remove its line from /etc/fstab, or move it elsewhere.`,
        ],
      },
    );
  }
  if (facts.source === 'ours') {
    if (facts.target === 'data') throw bothSides(facts);
    if (facts.movedTo === undefined) return [];
    if (facts.disposable) return [{ kind: 'original.drop', part, aside: facts.movedTo }];
    return [{ kind: 'file.remove', path: part.stagingMark, reason: 'note of a move that is complete' }];
  }
  if (facts.source === 'data') {
    throw new RefusedError(
      'source-not-ours',
      `${part.source} holds data but no sentinel: bench did not make it.`,
      {
        suggestions: [`Look at ${part.source}; move it out of the dataset, then run bench init again.`],
      },
    );
  }
  if (facts.mount === 'dataset') {
    throw new RefusedError(
      'sentinel-missing',
      `${part.target} is mounted from the dataset, but its sentinel is gone.`,
      {
        suggestions: [
          `Look at ${part.source}: if it is the bench's, restore a snapshot or ask for help before going on.`,
        ],
      },
    );
  }
  if (facts.movedTo !== undefined && facts.target !== 'data') {
    return migration(facts, facts.movedTo, { resume: true, bench });
  }
  if (facts.target === 'data') {
    return migration(facts, `${part.target}.before-zfs-${context.now}`, { resume: false, bench });
  }
  return part.name === 'benches'
    ? [{ kind: 'part.create', part, owner: all.benchOwner, mode: 0o755, bench }]
    : [];
}

function migration(
  { part, disposable }: PartFacts,
  aside: string,
  how: { resume: boolean; bench: string },
): Step[] {
  const migrate: Step = { kind: 'part.migrate', part, aside, disposable, ...how };
  return disposable ? [migrate, { kind: 'original.drop', part, aside }] : [migrate];
}

function bothSides(facts: PartFacts): RefusedError {
  const { source, target } = facts.part;
  return new RefusedError('both-sides-have-data', `Both ${target} and the dataset's ${source} hold data.`, {
    suggestions: [
      `Compare them: rsync -anic --delete ${target}/ ${source}/`,
      `Keep the dataset's: mv ${target} ${target}.old, then run bench init again.`,
    ],
  });
}

function planDatabase(config: BenchConfig, facts: PartFacts, all: Facts, context: PlanContext): Step[] {
  const moved = planPart(facts, all, context, config.name);
  if (moved.length > 0) return moved;
  if (context.mysql === undefined) {
    throw new RefusedError(
      'no-mysql-user',
      'There is no user mysql on this host, though MariaDB is installed.',
      {
        suggestions: ['apt-get install --reinstall mariadb-server'],
      },
    );
  }
  return [
    {
      kind: 'database.initialise',
      part: facts.part,
      instance: config.mariadb.instance,
      owner: context.mysql,
      bench: config.name,
    },
  ];
}

/** The line of a bind mount: added where there is none, and completed where it would stop a boot without the pool. */
function planFstab(fstab: string, { source, target }: Part): Step[] {
  const entries = parseFstab(fstab).filter((entry) => entry.target === target);
  const other = entries.find((entry) => entry.source !== source);
  if (other !== undefined) {
    throw new RefusedError('fstab-conflict', `/etc/fstab mounts ${target} from ${other.source} already.`, {
      suggestions: [
        `Remove that line from /etc/fstab, or move the bench's directory; bench wants ${source} there.`,
      ],
    });
  }
  if (entries.length === 0) return [{ kind: 'fstab.add', source, target }];
  const options = [...new Set(entries.flatMap(missingOptions))];
  return options.length === 0 ? [] : [{ kind: 'fstab.options', source, target, options }];
}

function isRecorded(record: ReturnType<typeof recordFor>, facts: Facts): boolean {
  if (facts.record === undefined) return false;
  const { pool, ...rest } = facts.record;
  const { pool: wantedPool, ...wanted } = record;
  return pool.name === wantedPool.name && pool.guid === facts.pool?.guid && isDeepStrictEqual(rest, wanted);
}
