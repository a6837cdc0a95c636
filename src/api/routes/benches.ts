import { listBenches, openBench } from '../../bench/bench.js';
import type { BenchConfig } from '../../config/config.js';
import { readKeyStatus } from '../../encryption/encryption.js';
import { BenchError } from '../../errors.js';
import { withForecasts } from '../../forecast/forecast.js';
import type { Runner } from '../../host/exec.js';
import { readStatus, type Status } from '../../status/status.js';
import * as VolumeManager from '../../volume-manager/volume-manager.js';
import { type App, change, type Deps, printed, read } from '../define.js';
import type { Seen } from '../readings.js';
import { benchName, bytes, Key, Problems, Settings, Space } from '../schemas.js';
import { readSpace } from '../space.js';
import { z } from '../web.js';

export const ofBench = z.object({ bench: benchName });

/**
 * The status of a bench.
 * @param seen of who only looks; undefined: it is looked at anew
 */
export async function statusOf({ runner }: Deps, bench: string, seen?: Seen): Promise<Status> {
  const config = await openBench({ bench, guess: false, fromRecord: true });
  const look = () => readStatus(config, runner);
  return seen === undefined ? look() : seen.get(`status ${bench}`, look);
}

/** Quota and reservation, and what limits them. */
export async function settingsOf(deps: Deps, bench: string, seen?: Seen) {
  const { dataset, pool } = await statusOf(deps, bench, seen);
  return {
    bench,
    usedBytes: dataset.usedBytes,
    quotaBytes: dataset.quotaBytes,
    reservationBytes: dataset.reservationBytes,
    poolSizeBytes: pool.sizeBytes,
    poolFreeBytes: pool.freeBytes,
  };
}

/** What a change of settings is held against: not how much is used, which changes all the time. */
function sizesOnly(settings: unknown) {
  const { quotaBytes, reservationBytes } = settings as { quotaBytes: number; reservationBytes: number };
  return { quotaBytes, reservationBytes };
}

export function benchRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/benches',
    summary: 'All benches of the host, with space and how long it lasts',
    scope: 'read',
    answers: printed('list'),
    look: ({ seen }) => seen.get('benches', async () => withForecasts(await listBenches(runner))),
  });
  read(app, {
    path: '/v1/benches/{bench}',
    summary: 'Pool, dataset, mounts, MariaDB, last snapshot, and problems with their mends',
    scope: 'read',
    params: ofBench,
    answers: printed('volume:status'),
    look: ({ params, seen }) => statusOf(deps, params.bench, seen),
  });
  read(app, {
    path: '/v1/benches/{bench}/problems',
    summary: 'What is wrong with a bench, and the command that mends each',
    scope: 'read',
    params: ofBench,
    answers: Problems,
    look: async ({ params, seen }) => ({ problems: (await statusOf(deps, params.bench, seen)).problems }),
  });
  read(app, {
    path: '/v1/benches/{bench}/space',
    summary: 'Space over time, and the forecast',
    scope: 'read',
    params: ofBench,
    answers: Space,
    look: async ({ params: { bench }, seen }) => {
      const config = await deps.openBench(bench);
      return seen.get(`space ${bench}`, async () =>
        readSpace(config, await statusOf(deps, bench, seen), runner),
      );
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/key',
    summary: 'Whether a bench is encrypted, its key loaded, and a copy of that put away',
    scope: 'read',
    params: ofBench,
    answers: Key,
    look: async ({ params: { bench }, seen }) => {
      const config = await openBench({ bench, guess: false, fromRecord: true });
      return seen.get(`key ${bench}`, () => keyOf(config, runner));
    },
  });
  read(app, {
    path: '/v1/benches/{bench}/settings',
    summary: 'Quota and reservation',
    scope: 'read',
    params: ofBench,
    answers: Settings,
    identity: sizesOnly,
    look: ({ params, seen }) => settingsOf(deps, params.bench, seen),
  });
  change(app, deps, {
    method: 'patch',
    path: '/v1/benches/{bench}/settings',
    summary: 'Change quota and reservation while the bench runs; a quota below what is used is refused',
    scope: 'admin',
    params: ofBench,
    body: z
      .strictObject({ quotaBytes: bytes.optional(), reservationBytes: bytes.optional() })
      .refine((wanted) => Object.keys(wanted).length > 0, 'says nothing that is to be changed'),
    current: async ({ params }) => sizesOnly(await settingsOf(deps, params.bench)),
    plan: async ({ params: { bench }, body }) => {
      await refuseSizes(deps, await deps.openBench(bench), body);
      const flags = [
        ...(body.quotaBytes === undefined ? [] : ['--quota', String(body.quotaBytes)]),
        ...(body.reservationBytes === undefined ? [] : ['--reservation', String(body.reservationBytes)]),
      ];
      return {
        title: `Change the sizes of ${bench}`,
        command: 'volume:set',
        argv: ['volume', 'set', '-b', bench, ...flags],
        bench,
      };
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/init',
    summary: 'Provision a bench, or finish what was cut off; where all is well it changes nothing',
    scope: 'admin',
    params: ofBench,
    plan: async ({ params: { bench } }) => {
      await deps.openBench(bench);
      return {
        title: `Set up ${bench}`,
        command: 'init',
        argv: ['init', '-b', bench, '--yes'],
        bench,
      };
    },
  });
}

/** That a bench is not encrypted is an answer, and no failure. */
async function keyOf(config: BenchConfig, runner: Runner) {
  const none = { encrypted: false, loaded: null, source: null, key: null, escrow: null, rotating: false };
  try {
    const { loaded, source, key, escrow, rotating } = await readKeyStatus(config, runner);
    return { bench: config.name, encrypted: true, loaded, source, key, escrow, rotating };
  } catch (error) {
    if (!(error instanceof BenchError) || error.code !== 'not-encrypted') throw error;
    return { bench: config.name, ...none };
  }
}

/** What can be told at once need not be found in an operation. */
async function refuseSizes(
  { runner }: Deps,
  config: BenchConfig,
  wanted: { quotaBytes?: number | undefined; reservationBytes?: number | undefined },
): Promise<void> {
  await VolumeManager.previewSizes(config, runner, {
    ...(wanted.quotaBytes === undefined ? {} : { quotaBytes: wanted.quotaBytes }),
    ...(wanted.reservationBytes === undefined ? {} : { reservationBytes: wanted.reservationBytes }),
  });
}
