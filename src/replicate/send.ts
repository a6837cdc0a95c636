import { VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner } from '../host/exec.js';
import { type OnStep, perform } from '../steps/steps.js';
import { RAW_FLAGS, resumeSend, SEND_FLAGS, STREAM_MS, sendSnapshot, tokenContents } from '../zfs/zfs.js';
import { Done, type Look } from './answers.js';
import { askPeer, peerCommand, peerError, understood } from './connection.js';
import { ROOT } from './names.js';
import { type Rest, resumable, type Transfer } from './plan-send.js';
import type { CopyResult, Replicated } from './replicated.js';
import type { SourceMember } from './source.js';

/** Sends one stream. Cut off anywhere, what has come stays there, and the next run goes on from it. */
export async function send(
  config: Replicated,
  runner: Runner,
  transfer: Transfer,
  onEvent: OnStep,
): Promise<void> {
  const { member, dataset, tag, base, raw } = transfer;
  const what = base === undefined ? 'all of' : `what is new since ${base.slice(1)} of`;
  await perform(
    `Send ${what} ${dataset}@${tag} to ${config.replicate.to}`,
    () =>
      stream(
        config,
        runner,
        sendSnapshot(`${dataset}@${tag}`, { flags: raw ? RAW_FLAGS : SEND_FLAGS, base }),
        member,
        tag,
      ),
    onEvent,
  );
}

async function stream(
  { name, replicate }: Replicated,
  runner: Runner,
  source: Command,
  member: string,
  tag: string,
): Promise<void> {
  const { to, bandwidthBytes } = replicate;
  const feed = bandwidthBytes === undefined ? source : { ...throttle(bandwidthBytes), pipedFrom: source };
  const command = {
    ...peerCommand(to, ['receive', name, member, tag]),
    timeoutMs: STREAM_MS,
    pipedFrom: feed,
  };
  try {
    const { stdout } = await runner.run(command);
    understood(to, stdout, Done);
  } catch (error) {
    throw cutOff(to, peerError(to, error));
  }
}

/** mbuffer(1): `-r` limits what it reads. Its buffer evens out what the disks and the line do at different times. */
function throttle(bytesPerSecond: number): Command {
  return {
    argv: ['mbuffer', '-q', '-r', String(bytesPerSecond), '-m', '64M'],
    timeoutMs: STREAM_MS,
  };
}

/** Whatever it was: what has come is not lost. */
function cutOff(to: string, error: unknown): unknown {
  const goesOn = 'What has come there stays: the next run goes on from it.';
  if (error instanceof VolumeError || error instanceof CommandError) {
    return new VolumeError(
      error.code === 'command-failed' ? 'send-failed' : error.code,
      `${error.message} ${goesOn}`,
      {
        ...error.details(),
        suggestions: [...error.suggestions, `See what ${to} has: bench replicate status`],
      },
    );
  }
  return error;
}

/** A stream that was cut off, and what it would make whole; undefined where that is not known here any more. */
export interface FoundRest extends Pick<Rest, 'member' | 'token'> {
  contents: Pick<Rest, 'toGuid' | 'fromGuid'> | undefined;
}

/** What the other side holds of streams that were cut off, as this side's ZFS reads it. */
export async function readRests(runner: Runner, look: Look): Promise<FoundRest[]> {
  const rests: FoundRest[] = [];
  for (const { member, token } of look.members) {
    if (token === null) continue;
    const contents = /^[0-9a-f-]+$/.test(token) ? await tokenContents(runner, token) : undefined;
    rests.push({ member, token, contents });
  }
  return rests;
}

export interface Settling {
  config: Replicated;
  runner: Runner;
  look: Look;
  rests: readonly FoundRest[];
  members: readonly SourceMember[];
  onEvent: OnStep;
}

/**
 * Brings streams to their end that were cut off, and has the other side give up those that cannot be: their snapshot is
 * gone, or what they would make is none of this bench's.
 */
export async function settleRests({
  config,
  runner,
  look,
  rests,
  members,
  onEvent,
}: Settling): Promise<{ resumed: CopyResult['sent']; changed: boolean }> {
  const resumed: CopyResult['sent'] = [];
  for (const { member, token, contents } of rests) {
    const isOurs = contents !== undefined && resumable({ member, token, ...contents }, members, look);
    const source = members.find((each) => each.member === member);
    const snapshot = source?.snapshots.find(({ guid }) => guid === contents?.toGuid);
    const { to } = config.replicate;
    if (!isOurs || source === undefined || snapshot === undefined) {
      const what = member === ROOT ? config.name : member;
      await perform(
        `Have ${to} give up a stream of ${what} that cannot be gone on with`,
        () => askPeer(runner, to, ['abort', config.name, member], Done),
        onEvent,
      );
      continue;
    }
    await perform(
      `Send the rest of ${source.dataset}@${snapshot.tag} to ${to}`,
      () => stream(config, runner, resumeSend(token), member, snapshot.tag),
      onEvent,
    );
    resumed.push({ member, tag: snapshot.tag, full: contents.fromGuid === undefined, resumed: true });
  }
  return { resumed, changed: rests.length > 0 };
}
