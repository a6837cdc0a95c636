import { noteSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { Look } from './answers.js';
import { askPeer } from './connection.js';
import type { Replicated } from './replicated.js';

/** What the other host has of a bench. */
export function askLook(config: Replicated, runner: Runner): Promise<Look> {
  return lookAt(runner, config.replicate.to, config.name);
}

export function lookAt(runner: Runner, host: string, bench: string): Promise<Look> {
  return askPeer(runner, host, ['look', bench], Look);
}

/**
 * Whether this host may send to the other one at all.
 * @throws RefusedError `superseded`, `bench-there`, `copy-mounted`, `target-differs`
 */
export async function refuseUnsuited(config: Replicated, look: Look, epoch: number): Promise<void> {
  const { name, replicate } = config;
  const { to } = replicate;
  await refuseHigherEpoch(config, look, epoch);
  if (look.live !== null) {
    throw new RefusedError(
      'bench-there',
      `${to} has a bench ${name} of its own (${look.live.dataset}). Nothing was sent.`,
      {
        suggestions: [
          `Where it was promoted there: bench replicate reverse -b ${name}, on the host that is to follow`,
        ],
      },
    );
  }
  const mounted = look.members.find((member) => member.mounted);
  if (mounted !== undefined) {
    throw new RefusedError('copy-mounted', `${mounted.dataset} on ${to} is mounted. Nothing was sent.`, {
      suggestions: [`On ${to}: zfs unmount ${mounted.dataset}`],
    });
  }
  if (replicate.target !== undefined && replicate.target !== look.target) {
    throw new RefusedError(
      'target-differs',
      `bench.toml wants copies below ${replicate.target}, and ${to} takes them below ${look.target}. Nothing was sent.`,
      { suggestions: [`bench replicate setup ${to} -b ${name}`] },
    );
  }
}

/** Somebody has taken the bench up there: this host notes that, and does not start it again. */
async function refuseHigherEpoch(
  { name, replicate: { to } }: Replicated & BenchConfig,
  look: Look,
  epoch: number,
): Promise<void> {
  const there = Math.max(look.live?.epoch ?? 0, look.epoch ?? 0);
  if (there <= epoch) return;
  await noteSuperseded(name, { epoch: there, by: to });
  throw new RefusedError(
    'superseded',
    `${to} has taken ${name} up: its epoch there is ${there}, and here ${epoch}. Nothing was sent.`,
    { suggestions: [`Let this host follow: bench replicate reverse -b ${name}`] },
  );
}
