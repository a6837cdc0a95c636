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

/** @throws RefusedError `copy-of-another` where another host than this one sends the copy that is there */
export function refuseAnother({ another }: Look, bench: string, to: string): void {
  if (another === null) return;
  throw new RefusedError(
    'copy-of-another',
    `The copy of ${bench} on ${to} is one that ${another.from} sends, and not this host. Nothing was sent.`,
    {
      suggestions: [
        `Where ${another.from} runs the same bench: bench config set replicate.to ${another.from} -b ${bench}, then bench replicate setup ${another.from} -b ${bench}`,
        `Where it is another bench: another place on ${to}, or another name`,
      ],
    },
  );
}

/**
 * Whether this host may send to the other one at all.
 * @throws RefusedError `superseded`, `bench-there`, `copy-of-another`, `copy-mounted`, `target-differs`
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
  refuseAnother(look, name, to);
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
  // It may be a copy of another bench of that name: a bench that runs is not stopped for good by that.
  const there = Math.max(look.live?.epoch ?? 0, look.another === null ? (look.epoch ?? 0) : 0);
  if (there <= epoch) return;
  await noteSuperseded(name, { epoch: there, by: to });
  throw new RefusedError(
    'superseded',
    `${to} has taken ${name} up: its epoch there is ${there}, and here ${epoch}. Nothing was sent.`,
    { suggestions: [`Let this host follow: bench replicate reverse -b ${name}`] },
  );
}
