import { noteSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { stopUnits } from '../host/systemd.js';
import { withoutNothingChanged } from '../printable.js';
import { Done, type Look } from './answers.js';
import { askPeer } from './connection.js';
import { hostOf } from './names.js';
import { lookAt } from './peer.js';
import { requireReplicated } from './replicated.js';
import { guardedUnits } from './units.js';

/** How the host stands that a copy comes from. */
export interface SourceState {
  host: string;
  /** `unreachable`: nobody knows whether it runs the bench; `gone`: it has none any more. */
  state: 'live' | 'stopped' | 'gone' | 'unreachable';
  epoch: number;
  because: string | null;
}

export async function sourceState(runner: Runner, host: string, bench: string): Promise<SourceState> {
  const unreachable = (because: string): SourceState => ({ host, state: 'unreachable', epoch: 0, because });
  if (host === '') return unreachable('it is not known which host sent it');
  let look: Look;
  try {
    look = await lookAt(runner, host, bench);
  } catch (error) {
    if (error instanceof BenchError) return unreachable(error.message);
    throw error;
  }
  if (look.live === null && look.another !== null)
    return unreachable(`the copy of ${bench} there is one that ${look.another.from} sends`);
  if (look.live === null) return { host, state: 'gone', epoch: 0, because: null };
  return { host, state: look.live.active ? 'live' : 'stopped', epoch: look.live.epoch, because: null };
}

/** @throws RefusedError `source-live` */
export function refuseLive({ host, state }: SourceState, bench: string): void {
  if (state !== 'live') return;
  throw new RefusedError(
    'source-live',
    `${host} runs ${bench} now: a bench must not run twice. Nothing was changed.`,
    {
      suggestions: [
        `Without losing anything, on ${host}: bench move ${bench} --to THIS-HOST`,
        `Or stop it there and take up what has come so far: bench promote ${bench} --stop-source`,
      ],
    },
  );
}

/** Has the other host note that this one has the right from now on, and stop its bench. */
export async function fenceSource(runner: Runner, host: string, bench: string, epoch: number): Promise<void> {
  await askPeer(runner, host, ['yield', bench, `e${epoch}`], Done, { timeoutMs: 17 * 60_000 });
}

/** What would refuse a promotion, once that host was told to leave the bench: it is not as it was any more. */
export function notTakenUp(bench: string, { host, state }: SourceState, error: unknown): unknown {
  if (!(error instanceof BenchError)) return error;
  const left = state === 'live' ? 'has stopped it' : 'has left it';
  const because = withoutNothingChanged(error.message);
  return new VolumeError(
    'promote-failed',
    `${bench} is not taken up here, and ${host} ${left} and does not start it: ${because}`,
    {
      ...error.details(),
      suggestions: [
        `To go on: bench promote ${bench}`,
        `To go back, on ${host}: bench replicate reclaim -b ${bench}, then bench init -b ${bench}`,
        ...error.suggestions,
      ],
    },
  );
}

/**
 * The other side of {@link fenceSource}: notes it first, so that nothing starts the bench again, then stops it.
 * @throws RefusedError `not-its-target` for a host that copies of the bench do not go to; `config-unread` where bench.toml
 *   is out of sight, and no copy ever went anywhere
 */
export async function yieldTo(
  runner: Runner,
  config: BenchConfig | undefined,
  { bench, from, epoch }: { bench: string; from: string; epoch: number },
): Promise<void> {
  if (config === undefined) return;
  // The host that is up and cannot read its bench.toml is one that a bench is taken over from: its last copy says where to.
  const { replicate } = config.fromRecord ? await requireReplicated(config) : config;
  if (replicate === undefined || hostOf(replicate.to) !== from) {
    throw new RefusedError(
      'not-its-target',
      `Copies of ${bench} do not go to ${from}: it cannot take the bench over. Nothing was changed.`,
    );
  }
  await noteSuperseded(bench, { epoch, by: from });
  await runner.run(stopUnits([...guardedUnits(config)].reverse()));
}
