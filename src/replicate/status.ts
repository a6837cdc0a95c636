import { readSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import { bytes } from '../zfs/zfs.js';
import type { Look } from './answers.js';
import { BOOKMARK, ROOT } from './names.js';
import { lookAt, refuseAnother } from './peer.js';
import { readCopyRecord } from './record.js';
import { requireReplicated } from './replicated.js';
import { readSource, type SourceMember } from './source.js';
import { replicateUnits } from './units.js';

/** What `bench replicate status --json` prints. Times ISO 8601, UTC. */
export interface CopyStatus {
  bench: string;
  to: string;
  target: string | null;
  /** As bench.toml says it; null where copies are sent by hand. */
  schedule: string | null;
  nextAt: string | null;
  last: {
    startedAt: string;
    endedAt: string | null;
    outcome: 'running' | 'done' | 'failed';
    error: { code: string; message: string } | null;
  } | null;
  /** The newest moment that is whole there; null where there is none, or it is not known. */
  copied: { tag: string; createdAt: string } | null;
  /** How old that moment is: what would be lost if this host were gone now. */
  lagSeconds: number | null;
  /** What was written since. */
  lagBytes: number | null;
  /** Whether the other host answered; null where it was not asked. */
  reachable: boolean | null;
  unreachableBecause: string | null;
  /** A stream that was cut off there, and will be gone on with. */
  incomplete: boolean;
  /** The host that has taken the bench up; null where this one has it. */
  supersededBy: string | null;
  epoch: number | null;
}

/** How the copies of a bench go. @param ask whether the other host is asked; else what the last run has written down */
export async function copyStatus(config: BenchConfig, runner: Runner, ask: boolean): Promise<CopyStatus> {
  const { replicate } = await requireReplicated(config);
  const [record, superseded, source] = await Promise.all([
    readCopyRecord(config.name),
    readSuperseded(config.name),
    readSource(config, runner),
  ]);
  const answer = ask ? await answerOf(runner, replicate.to, config.name) : undefined;
  const look = answer !== undefined && 'look' in answer ? answer.look : undefined;
  const known = record?.to === replicate.to ? record : undefined;
  const copied = look === undefined ? (known?.copied ?? null) : wholeMoment(source.members, look);
  const [timer = UNKNOWN_UNIT] =
    replicate.schedule === undefined ? [] : await unitStates(runner, [replicateUnits(config.name).timer]);
  return {
    bench: config.name,
    to: replicate.to,
    target: look?.target ?? replicate.target ?? null,
    schedule: replicate.schedule?.text ?? null,
    nextAt: timer.nextElapse?.toISOString() ?? null,
    last: known === undefined ? null : lastOf(known),
    copied: copied === null ? null : { tag: copied.tag, createdAt: copied.createdAt },
    lagSeconds: copied === null ? null : secondsSince(copied.createdAt),
    lagBytes: copied === null ? null : await writtenSinceCopy(runner, source.members, copied.tag),
    reachable: answer === undefined ? null : look !== undefined,
    unreachableBecause: answer !== undefined && 'problem' in answer ? answer.problem : null,
    incomplete: look?.members.some(({ token }) => token !== null) ?? false,
    supersededBy: superseded?.by ?? null,
    epoch: look?.live?.epoch ?? look?.epoch ?? null,
  };
}

async function answerOf(
  runner: Runner,
  to: string,
  bench: string,
): Promise<{ look: Look } | { problem: string }> {
  try {
    const look = await lookAt(runner, to, bench);
    refuseAnother(look, bench, to);
    return { look };
  } catch (error) {
    if (error instanceof BenchError) return { problem: error.message };
    throw error;
  }
}

/** The newest moment of the root volume that every volume has, too, and that was told to be so. Pure. */
export function wholeMoment(
  members: readonly Pick<SourceMember, 'member'>[],
  look: Pick<Look, 'members'>,
): { tag: string; createdAt: string } | null {
  const there = members.map(({ member }) => look.members.find((each) => each.member === member));
  const root = there.find((each) => each?.member === ROOT);
  const whole = root?.snapshots.find(({ tag, quiesce }) => {
    return quiesce !== null && there.every((each) => each?.snapshots.some((other) => other.tag === tag));
  });
  if (whole === undefined) return null;
  return { tag: whole.tag, createdAt: new Date(whole.createdAt * 1000).toISOString() };
}

function lastOf({ startedAt, endedAt, outcome, error }: NonNullable<CopyStatus['last']>): CopyStatus['last'] {
  return { startedAt, endedAt, outcome, error };
}

function secondsSince(iso: string): number {
  return Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000));
}

/** By the snapshot, or by the bookmark of one that is gone; null where there is neither. */
async function writtenSinceCopy(
  runner: Runner,
  members: readonly SourceMember[],
  tag: string,
): Promise<number | null> {
  let sum = 0;
  for (const { dataset, snapshots, bookmarks } of members) {
    const mark = `${BOOKMARK}${tag}`;
    const since = snapshots.some((each) => each.tag === tag)
      ? `written@${tag}`
      : bookmarks.some(({ name }) => name === mark)
        ? `written#${mark}`
        : undefined;
    if (since === undefined) return null;
    const { stdout } = await runner.run({ argv: ['zfs', 'get', '-H', '-p', '-o', 'value', since, dataset] });
    sum += bytes(stdout.trim());
  }
  return sum;
}
