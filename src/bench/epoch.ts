import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { json, readRecord, replaceFile } from '../host/records.js';
import { MARK, optional, rows, zfsList } from '../zfs/zfs.js';

/** The epoch of a bench that never went to another host. */
export const FIRST_EPOCH = 1;

/** How often the right to run a bench has gone from one host to another. */
export async function epochOf(runner: Runner, dataset: string): Promise<number> {
  return (await findEpoch(runner, dataset)) ?? FIRST_EPOCH;
}

/** The same; null where there is no such dataset, or its pool is away: nobody knows then what stands on it. */
export async function findEpoch(runner: Runner, dataset: string): Promise<number | null> {
  const [found] = await zfsList(runner, ['-o', `name,${MARK.epoch}`, dataset], (stdout) =>
    rows(stdout, ['name', MARK.epoch] as const, 'zfs list'),
  );
  return found === undefined ? null : parseEpoch(optional(found[1]));
}

/** A value that bench has not written counts as the highest: then nothing starts by mistake. */
export function parseEpoch(stored: string | undefined): number {
  if (stored === undefined) return FIRST_EPOCH;
  return /^[1-9]\d{0,8}$/.test(stored) ? Number(stored) : Number.MAX_SAFE_INTEGER;
}

const Superseded = z.object({
  version: z.literal(1),
  /** The epoch that was seen elsewhere. */
  epoch: z.int(),
  /** The host that has it. */
  by: z.string(),
  /** ISO 8601, UTC. */
  since: z.string(),
  /** What this host has is a copy now, to which that one sends. */
  follows: z._default(z.boolean(), false),
});
export type Superseded = z.infer<typeof Superseded>;

/** While this file is there no unit of the bench starts: their drop-ins assert that it is not. */
export function supersededPath(bench: string): string {
  return join(stateDir(bench), 'superseded.json');
}

/** @throws BenchError `superseded-invalid` for one that is damaged: the bench does not start all the same */
export function readSuperseded(bench: string): Promise<Superseded | undefined> {
  const path = supersededPath(bench);
  return readRecord(
    path,
    (value) => Superseded.parse(value),
    (cause) =>
      new BenchError('superseded-invalid', `${path} is damaged or was written by a newer bench.`, {
        suggestions: [`It says that another host runs ${bench}. Make sure of that before it is removed.`],
        cause,
      }),
  );
}

/** The time of the first one stays. */
export async function noteSuperseded(
  bench: string,
  { epoch, by }: Pick<Superseded, 'epoch' | 'by'>,
): Promise<void> {
  const before = await readSuperseded(bench).catch(() => undefined);
  if (before !== undefined && before.epoch >= epoch) return;
  await replaceFile(
    supersededPath(bench),
    json({ version: 1, epoch, by, since: before?.since ?? new Date().toISOString() }),
  );
}

export async function noteFollowing(
  bench: string,
  { epoch, by }: Pick<Superseded, 'epoch' | 'by'>,
): Promise<void> {
  const since = (await readSuperseded(bench).catch(() => undefined))?.since ?? new Date().toISOString();
  await replaceFile(supersededPath(bench), json({ version: 1, epoch, by, since, follows: true }));
}

export function forgetSuperseded(bench: string): Promise<void> {
  return rm(supersededPath(bench), { force: true });
}

/** @throws RefusedError `superseded` */
export async function refuseSuperseded(bench: string): Promise<void> {
  const found = await readSuperseded(bench);
  if (found === undefined) return;
  throw new RefusedError(
    'superseded',
    `${bench} runs on ${found.by} now (epoch ${found.epoch}): this host does not start it and sends nothing.`,
    {
      suggestions: [
        found.follows
          ? `To have it here again, on ${found.by}: bench move ${bench} --to THIS-HOST`
          : `Let this host follow: bench replicate reverse -b ${bench}`,
      ],
    },
  );
}
