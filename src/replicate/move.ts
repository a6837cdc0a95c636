import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { epochOf, forgetSuperseded, noteSuperseded, readSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError, UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { stateDir } from '../host/paths.js';
import { json, replaceFile } from '../host/records.js';
import { startUnits, stopUnits, unitStates } from '../host/systemd.js';
import { type OnStep, perform } from '../steps/steps.js';
import { Done, type Look } from './answers.js';
import { askPeer } from './connection.js';
import { refuseLocked } from './copies.js';
import { follow } from './follow.js';
import { hostOf } from './names.js';
import { lookAt, refuseAnother } from './peer.js';
import { type Replicated, requireReplicated } from './replicated.js';
import { keepRight, leaveRight, requireRight } from './right.js';
import { runCopy } from './run.js';
import { guardedUnits } from './units.js';

/** Outside of the dataset: a move that did not come to its end goes on from here. */
const Journal = z.object({
  version: z.literal(1),
  to: z.string(),
  /** That the other host gets. */
  epoch: z.int(),
  startedAt: z.string(),
});

function journalPath(bench: string): string {
  return join(stateDir(bench), 'move.json');
}

async function readMove(bench: string): Promise<z.infer<typeof Journal> | undefined> {
  const text = await readText(journalPath(bench));
  return text === undefined ? undefined : Journal.parse(JSON.parse(text));
}

/** What `bench move --json` prints. */
export interface Moved {
  bench: string;
  to: string;
  epoch: number;
  /** The moment that it was taken up as there; null where it was there already. */
  tag: string | null;
  /** For how long nobody ran it; null where it was there already. */
  downSeconds: number | null;
}

export interface MoveOptions {
  config: BenchConfig;
  to: string;
  runner: Runner;
  onEvent: OnStep;
}

/**
 * Brings a bench to another host: a copy while it runs, its end here, what is new since, its taking up there, and that it
 * answers. Cut off at any point it goes on; what fails before the other host has taken it up goes back.
 * @throws UsageError `move-elsewhere`; RefusedError `superseded`; VolumeError `move-failed` with what is so now
 */
export async function move(options: MoveOptions): Promise<Moved> {
  const { config, runner, onEvent } = options;
  const { name } = config;
  const before = await readMove(name);
  const gone = before === undefined ? await movedBefore(options) : undefined;
  if (gone !== undefined) return gone;
  const to = before?.to ?? (await requireTarget(options)).replicate.to;
  const there = await lookAt(runner, to, name);
  if (there.live === null) refuseLocked(name, there.members, ` on ${to}`);
  const begun = before !== undefined && there.live !== null && there.live.epoch >= before.epoch;
  if (begun) return await finish(options, to, there, null, null);
  if (before !== undefined) await takeBack(config, to, there, runner);
  const replicated = await requireReplicated(config);
  const { dataset } = config.volume;
  const known = await requireRight(runner, { bench: name, dataset });
  const own = await epochOf(runner, dataset);
  const epoch = Math.max(own, there.epoch ?? 0, known) + 1;
  await runCopy(replicated, runner, { withoutSnapshot: false, onEvent });
  refuseLocked(name, (await lookAt(runner, to, name)).members, ` on ${to}`);
  await replaceFile(
    journalPath(name),
    json({ version: 1, to, epoch, startedAt: new Date().toISOString() } satisfies z.infer<typeof Journal>),
  );
  const stopped = Date.now();
  try {
    await perform(`Stop ${name} here`, () => runner.run(stopUnits(guardedUnits(config).reverse())), onEvent);
    const { tag } = await runCopy(replicated, runner, { withoutSnapshot: false, onEvent });
    await noteSuperseded(name, { epoch, by: to });
    await refuseStarted(config, runner);
    await leaveRight(runner, { bench: name, dataset, epoch: own, to: epoch });
    await perform(
      `Have ${to} take ${name} up`,
      () => askPeer(runner, to, ['take', name, `e${epoch}`], Done, { timeoutMs: 30 * 60_000 }),
      onEvent,
    );
    const after = await lookAt(runner, to, name);
    return await finish(options, to, after, tag, Math.round((Date.now() - stopped) / 1000));
  } catch (error) {
    throw await goBack(replicated, to, runner, error, onEvent);
  }
}

/** Run again after it has come to its end, which was not seen: there is nothing left to do. */
async function movedBefore({ config, to, runner }: MoveOptions): Promise<Moved | undefined> {
  const { name } = config;
  const superseded = await readSuperseded(name);
  if (superseded?.follows !== true || hostOf(superseded.by) !== hostOf(to)) return undefined;
  const { live } = await lookAt(runner, superseded.by, name);
  if (live?.active !== true || live.epoch !== superseded.epoch) return undefined;
  return { bench: name, to: superseded.by, epoch: live.epoch, tag: null, downSeconds: null };
}

async function requireTarget({ config, to }: MoveOptions): Promise<Replicated> {
  const replicated = await requireReplicated(config);
  if (hostOf(replicated.replicate.to) === hostOf(to)) return replicated;
  throw new UsageError(
    'move-elsewhere',
    `Copies of ${config.name} go to ${replicated.replicate.to}, and not to ${to}. Nothing was changed.`,
    {
      suggestions: [
        `bench config set replicate.to ${to} -b ${config.name}`,
        `bench replicate setup ${to} -b ${config.name}`,
      ],
    },
  );
}

/** From the note on nothing starts it; before that somebody may have, and what it wrote then is not in what was sent. */
async function refuseStarted(config: BenchConfig, runner: Runner): Promise<void> {
  const units = guardedUnits(config);
  const states = await unitStates(runner, units);
  const running = units.filter((_, index) => !['inactive', 'failed'].includes(states[index]?.active ?? ''));
  if (running.length === 0) return;
  throw new VolumeError('move-failed', `Somebody has started ${running.join(', ')} meanwhile.`);
}

/** It answers there; what is here is a copy from now on. */
async function finish(
  { config, runner, onEvent }: MoveOptions,
  to: string,
  look: Look,
  tag: string | null,
  downSeconds: number | null,
): Promise<Moved> {
  const { live } = look;
  if (live === null || !live.active)
    throw new VolumeError('move-failed', `${to} has not come to run ${config.name}.`, {
      suggestions: [`On ${to}: bench promote ${config.name}`],
    });
  await noteSuperseded(config.name, { epoch: live.epoch, by: to });
  await follow(config, runner, { look, by: to, onEvent });
  await rm(journalPath(config.name), { force: true });
  return { bench: config.name, to, epoch: live.epoch, tag, downSeconds };
}

/** A move that was cut off before the other host had taken it up: it begins anew, and until then this host may run it. */
async function takeBack(config: BenchConfig, to: string, there: Look, runner: Runner): Promise<void> {
  if (there.live === null) refuseAnother(there, config.name, to);
  const epoch = await epochOf(runner, config.volume.dataset);
  if (there.live !== null || (there.epoch ?? 0) > epoch) {
    throw new RefusedError(
      'superseded',
      `${to} has begun to take ${config.name} up, and does not run it yet. Nothing was changed.`,
      {
        suggestions: [
          `Finish it there: bench promote ${config.name}`,
          `Then here: bench move ${config.name} --to ${to}`,
        ],
      },
    );
  }
  const { dataset } = config.volume;
  // In etcd first: what the other host has been asked and has not begun is of no use to it from then on.
  await keepRight(runner, { bench: config.name, dataset, epoch });
  if ((await readSuperseded(config.name))?.by === to) await forgetSuperseded(config.name);
}

/** Starts it here again, where it is sure that the other host has not taken it up. */
async function goBack(
  config: Replicated,
  to: string,
  runner: Runner,
  error: unknown,
  onEvent: OnStep,
): Promise<unknown> {
  if (!(error instanceof BenchError)) return error;
  const failed = (state: string, suggestions: string[]) =>
    new VolumeError('move-failed', `${error.message} ${state}`, {
      ...error.details(),
      suggestions: [...suggestions, ...error.suggestions],
    });
  const again = `bench move ${config.name} --to ${to}`;
  try {
    await takeBack(config, to, await lookAt(runner, to, config.name), runner);
    await perform(
      `Start ${config.name} here again`,
      () => runner.run(startUnits(guardedUnits(config))),
      onEvent,
    );
  } catch (cause) {
    if (!(cause instanceof BenchError)) throw cause;
    return failed(`${config.name} is stopped here: ${cause.message}`, [
      `To go on: ${again}`,
      `Where ${to} has not taken it up, to go back: bench replicate reclaim -b ${config.name}, then bench init -b ${config.name}`,
    ]);
  }
  await rm(journalPath(config.name), { force: true });
  return failed(`${config.name} runs here again.`, [`To try again: ${again}`]);
}
