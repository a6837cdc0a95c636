import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { importedPools } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { datasetPath, remoteHost } from '../names.js';
import { applySteps, describe, type Step } from '../steps/steps.js';
import { programPath } from '../timers/timers.js';
import { findDataset, parentOf, poolOf } from '../zfs/zfs.js';
import { publicKey } from './authorized.js';
import { COPIES } from './names.js';
import { type Introduction, introduceAs, NEW_KEY, planKey, planPeer } from './peers.js';

/** One that a line of authorized_keys or known_hosts may hold. */
export const hostKey = z.string().check(z.refine((text) => publicKey(text) === text, 'no public key'));

/** What the host says that wants to send copies. */
export const AcceptInput = z.object({
  protocol: z.literal(1),
  /** How this host is to call it, and reach it. */
  name: z.string().check(z.refine((name) => remoteHost(name) === undefined, 'no name of a host')),
  /** How it calls this host. */
  to: z.string().check(z.refine((name) => remoteHost(name) === undefined, 'no name of a host')),
  key: z.string().check(z.refine((text) => text === NEW_KEY || publicKey(text) === text, 'no public key')),
  hostKeys: z.array(hostKey),
  /** The dataset that copies are to lie below; null where this host decides. */
  target: z.nullable(z.string()),
});
export type AcceptInput = z.infer<typeof AcceptInput>;

/** What `bench replicate accept --json` prints. */
export interface Accepted extends Introduction {
  dryRun: boolean;
  target: string;
  /** What was done here, or would be, one sentence each. */
  steps: string[];
}

/** @throws UsageError `input-invalid` */
export function parseAccept(text: string): AcceptInput {
  try {
    return AcceptInput.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      'input-invalid',
      'What came on standard input is no word of bench replicate setup.',
      {
        suggestions: ['It is started by bench replicate setup on the other host, not by hand.'],
        cause,
      },
    );
  }
}

/**
 * Makes this host ready to take copies of another one: a place for them, the other one's key for that alone, and its host
 * keys pinned. Run again it finds nothing to do.
 */
export async function accept(input: AcceptInput, runner: Runner, dryRun: boolean): Promise<Accepted> {
  const target = input.target ?? (await defaultTarget());
  const wrong = datasetPath(target);
  if (wrong !== undefined)
    throw new UsageError('target-invalid', `The target ${JSON.stringify(target)} ${wrong}.`);
  const place = await planPlace(runner, target);
  const own = await planKey(hostname());
  const peer = await planPeer(input, { program: await programPath(), target });
  const steps = [...place, ...own, ...peer];
  if (!dryRun) await applySteps(steps, runner);
  return { dryRun, target, ...(await introduceAs(input.to)), steps: steps.map(describe) };
}

/** @throws UsageError `target-missing` where this host has no pool, or several */
async function defaultTarget(): Promise<string> {
  const pools = await importedPools();
  const [only, second] = pools;
  if (only !== undefined && second === undefined) return `${only}/${COPIES}`;
  throw new UsageError(
    'target-missing',
    only === undefined
      ? 'This host has no pool for copies.'
      : `This host has several pools: ${pools.join(', ')}.`,
    {
      suggestions:
        only === undefined
          ? ['zpool import', 'A pool for copies alone: zpool create -o ashift=12 bench-pool DISK']
          : [`Name the place for copies: --target ${only}/${COPIES}`],
    },
  );
}

/** @throws RefusedError `target-mounted` for a dataset that is used for something else */
async function planPlace(runner: Runner, target: string): Promise<Step[]> {
  const found = await findDataset(runner, target);
  if (found === undefined) {
    const parent = parentOf(target);
    if ((await findDataset(runner, parent)) === undefined) {
      throw new UsageError(
        'target-missing',
        `There is no dataset ${parent} here, below which copies are to lie.`,
        {
          suggestions: [`zpool list ${poolOf(target)}`],
        },
      );
    }
    return [{ kind: 'place.create', dataset: target }];
  }
  if (!found.mounted && found.canmount !== 'on') return [];
  throw new RefusedError(
    'target-mounted',
    `${target} is mounted at ${found.mountpoint}: it is used for something else.`,
    {
      suggestions: [`Name another place: --target ${poolOf(target)}/${COPIES}`],
    },
  );
}
