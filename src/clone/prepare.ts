import { layoutOf, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { stopUnits, unitStates } from '../host/systemd.js';
import { lazyConnect } from '../mariadb/mariadb.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { CLONE_MARK, type CloneMarks, type CloneState, isHeld } from '../zfs/zfs.js';
import { hasScripts, scriptSteps } from './scripts.js';

export interface Preparation {
  config: BenchConfig;
  runner: Runner;
  /** The owner of its bench.toml. */
  user: string;
  /** The command that goes on where this is cut off. */
  finish: string;
  onEvent: OnStep;
  /** What `bench init` does: it writes the files of the instance as they are for the state that it has by then. */
  converge: () => Promise<readonly Step[]>;
}

/**
 * Lets a clone act, whose instance runs with events and replicas held: runs what `[clone]` names, and starts the instance
 * anew with its own settings. Cut off anywhere, it goes on: the state on its dataset says where.
 * @returns the steps that were carried out
 * @throws VolumeError `clone-not-prepared`: a script has failed, and the instance is stopped
 */
export async function prepare(preparation: Preparation): Promise<Step[]> {
  const { config, runner } = preparation;
  const { clone: marks } = await requireOwnDataset(config, runner);
  if (marks === undefined || marks.state === 'ready') return [];
  const steps: Step[] = [];
  if (isHeld(marks)) {
    await requireHeld(preparation);
    if (!hasScripts(config))
      return marks.state === 'held' ? [] : carryOut(preparation, [setState(config, 'held')]);
    steps.push(...(await runScripts(preparation, marks)));
  }
  return [...steps, ...(await letAct(preparation))];
}

/** Starts an instance that was held with its own settings. */
export async function letAct(preparation: Preparation): Promise<Step[]> {
  const { config, converge } = preparation;
  const { unit } = layoutOf(config);
  const written = await converge();
  const anew: Step[] = [
    { kind: 'unit.stop', unit, reason: 'it was held, and starts anew with its own settings' },
    { kind: 'unit.start', unit, socketPath: config.mariadb.socketPath },
    setState(config, 'ready'),
  ];
  return [...written, ...(await carryOut(preparation, anew))];
}

export function setState({ volume }: BenchConfig, state: CloneState): Step {
  return { kind: 'dataset.set', dataset: volume.dataset, properties: { [CLONE_MARK.state]: state } };
}

async function runScripts(preparation: Preparation, marks: CloneMarks): Promise<Step[]> {
  const { config, user } = preparation;
  const steps = [...scriptSteps(config, marks, user), setState(config, 'prepared')];
  try {
    return await carryOut(preparation, steps);
  } catch (error) {
    throw await stopped(preparation, error);
  }
}

async function carryOut({ runner, onEvent }: Preparation, steps: Step[]): Promise<Step[]> {
  await applySteps(steps, runner, onEvent);
  return steps;
}

/** Nothing of it may go on where it is not known what it would do. */
async function stopped({ config, runner, finish }: Preparation, error: unknown): Promise<VolumeError> {
  await runner.run(stopUnits([layoutOf(config).unit]));
  const cause = error instanceof BenchError ? error : new BenchError('internal-error', String(error));
  return new VolumeError(
    'clone-not-prepared',
    `${config.name} is made, but must not act yet: ${cause.message.replace(/\.?$/, '.')} Its MariaDB is stopped, and nothing else of it was started.`,
    {
      ...cause.details(),
      suggestions: [
        ...cause.suggestions,
        `Mend that, then: ${finish}`,
        `Or take the clone away: bench drop ${config.name}`,
      ],
      cause: error,
    },
  );
}

const TIMEOUT_MS = 10_000;

/**
 * The server itself is asked: somebody's own drop-in or option file could have let it act.
 * @throws VolumeError `clone-not-held`
 */
async function requireHeld({ config, runner, finish }: Preparation): Promise<void> {
  const acting = await actsBy(config.mariadb.socketPath);
  if (acting === undefined) return;
  const { unit } = layoutOf(config);
  await runner.run(stopUnits([unit]));
  throw new VolumeError(
    'clone-not-held',
    `MariaDB of the clone ${config.name} was to start without events and replicas, but ${acting}: it is stopped.`,
    {
      suggestions: [
        `Look for what sets MYSQLD_OPTS or event_scheduler: systemctl cat '${unit}'`,
        `Then go on: ${finish}`,
      ],
    },
  );
}

async function actsBy(socketPath: string): Promise<string | undefined> {
  const session = await lazyConnect({ socketPath, timeoutMs: TIMEOUT_MS });
  try {
    const [row] = await session.query<{ events: string }>('SELECT @@GLOBAL.event_scheduler AS events');
    if (row?.events === 'ON') return 'its event scheduler is on';
    const replicas = await session.query<{ Slave_IO_Running: string; Slave_SQL_Running: string }>(
      'SHOW ALL SLAVES STATUS',
    );
    const runs = replicas.some(
      ({ Slave_IO_Running: io, Slave_SQL_Running: sql }) => io !== 'No' || sql !== 'No',
    );
    return runs ? 'it replicates' : undefined;
  } finally {
    await session.close();
  }
}

/** Its own units, which are not its source's, as far as the host knows them. */
export async function startOwnUnits({ config, runner, onEvent }: Preparation, note: string): Promise<Step[]> {
  const { units } = config.maintenance;
  const states = await unitStates(runner, units);
  const down = units.filter((_, index) => {
    const state = states[index];
    return state?.load === 'loaded' && state.active !== 'active';
  });
  if (down.length === 0) return [];
  const steps: Step[] = [{ kind: 'units.start', units: down, note }];
  await applySteps(steps, runner, onEvent);
  return steps;
}
