import { epochOf, forgetSuperseded, noteSuperseded, readSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { OnStep, Step } from '../steps/steps.js';
import type { Look } from './answers.js';
import { type Follower, follow, readFollowers, stepsToFollow } from './follow.js';
import { lookAt, refuseAnother } from './peer.js';
import { requireReplicated } from './replicated.js';
import { keepRight } from './right.js';

/** What turning a bench round does on this host, or has done. */
export interface Reversed {
  bench: string;
  /** The host that runs it. */
  by: string;
  epoch: number;
  /** What this host has that the other one has not, which is set aside: members, `.` for the root volume. */
  ahead: string[];
  /** Of them those that are encrypted: they are set aside as a whole, and the other host sends all of them anew. */
  anew: string[];
  steps: Step[];
}

/** What `bench replicate reverse` would do. Changes nothing. */
export async function previewReverse(config: BenchConfig, runner: Runner): Promise<Reversed> {
  const { look, by } = await lookForHigher(config, runner);
  const followers = await readFollowers(config, runner, look.live);
  const steps = await stepsToFollow(config, runner, followers, { epoch: look.live.epoch, by });
  return reversed(config, { by, epoch: look.live.epoch }, followers, steps);
}

/**
 * Lets this host follow the one that has taken the bench up: from then on that one sends copies here.
 * @throws RefusedError `not-superseded` where the other host has not taken it up, `source-stopped` where it does not run
 *   it, `copy-without-base`
 */
export async function reverse(config: BenchConfig, runner: Runner, onEvent: OnStep): Promise<Reversed> {
  const { look, by } = await lookForHigher(config, runner);
  await noteSuperseded(config.name, { epoch: look.live.epoch, by });
  const { followers, steps } = await follow(config, runner, { look, by, onEvent });
  return reversed(config, { by, epoch: look.live.epoch }, followers, steps);
}

function reversed(
  { name }: BenchConfig,
  { by, epoch }: { by: string; epoch: number },
  followers: readonly Follower[],
  steps: Step[],
): Reversed {
  const ahead = followers.filter(({ isAhead }) => isAhead).map(({ member }) => member);
  const anew = followers.filter(({ base }) => base === undefined).map(({ member }) => member);
  return { bench: name, by, epoch, ahead, anew, steps };
}

async function lookForHigher(config: BenchConfig, runner: Runner) {
  const { name, volume } = config;
  // Once its bench.toml is out of sight, what was noted says who runs it.
  const to =
    config.replicate?.to ??
    (await readSuperseded(name))?.by ??
    (await requireReplicated(config)).replicate.to;
  const look = await lookAt(runner, to, name);
  const epoch = await epochOf(runner, volume.dataset);
  const { live } = look;
  if (live === null) refuseAnother(look, name, to);
  if (live === null || live.epoch <= epoch) {
    throw new RefusedError(
      'not-superseded',
      `${to} has not taken ${name} up: this host has the right to run it (epoch ${epoch}). Nothing was changed.`,
      {
        suggestions: [
          `To go over to ${to}: bench move ${name} --to ${to}`,
          ...((await readSuperseded(name)) === undefined
            ? []
            : [`To run it here again: bench replicate reclaim -b ${name}`]),
        ],
      },
    );
  }
  return { look: { ...look, live } satisfies Look & { live: NonNullable<Look['live']> }, by: to };
}

/**
 * Takes back that this host must not start a bench, where the other one says that it has not taken it up: a promotion or
 * a move that was begun and given up.
 * @throws RefusedError `superseded` where it has, or what would; VolumeError `peer-unreachable` where that is not known
 */
export async function reclaim(
  config: BenchConfig,
  runner: Runner,
): Promise<{ bench: string; epoch: number }> {
  const { replicate, name, volume } = await requireReplicated(config);
  const look = await lookAt(runner, replicate.to, name);
  if (look.live === null) refuseAnother(look, name, replicate.to);
  const epoch = await epochOf(runner, volume.dataset);
  const there = Math.max(look.live?.epoch ?? 0, look.epoch ?? 0);
  if (look.live !== null || there > epoch) {
    throw new RefusedError(
      'superseded',
      `${replicate.to} has taken ${name} up, or is about to (epoch ${there}; here ${epoch}). Nothing was changed.`,
      {
        suggestions: [
          look.live === null
            ? `Finish it there: bench promote ${name}`
            : `bench replicate reverse -b ${name}`,
        ],
      },
    );
  }
  await keepRight(runner, { bench: name, dataset: volume.dataset, epoch });
  await forgetSuperseded(name);
  return { bench: name, epoch };
}
