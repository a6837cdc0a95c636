import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { otherBenches, poolBacking } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';
import { loadConfig } from '../config/load.js';
import { freePort } from '../config/new-bench.js';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { poolDevices } from '../zfs/zfs.js';
import type { FoundCopy } from './find-copy.js';
import { hostOf } from './names.js';
import { configIn } from './plan-promote.js';

/** Makes the bench.toml that came fit this host; every other byte stays. */
export async function adopt(
  { pool, bench, from }: FoundCopy,
  runner: Runner,
  onEvent: OnStep,
): Promise<string[]> {
  const file = configIn(pool, bench);
  const config = await loadConfig(file);
  const changes = await changesFor(config, pool, from, runner);
  if (changes.length > 0) await applySteps([{ kind: 'config.write', file, changes }], runner, onEvent);
  const datadir = join(file, '../../mariadb');
  const [owner, user] = [await lstat(datadir), await mysqlUser()];
  if (user !== undefined && owner.uid !== user.uid)
    await applySteps(
      [{ kind: 'owner.change', path: datadir, user: 'mysql', group: 'mysql' }],
      runner,
      onEvent,
    );
  const { units } = config.maintenance;
  return [
    ...(units.length === 0
      ? []
      : [`Units of the bench have to be there on this host, too: ${units.join(', ')}`]),
    ...changes
      .filter(({ key }) => key === 'mariadb.port')
      .map(({ value }) => `Its port is ${value} here: ${config.mariadb.port} is taken.`),
  ];
}

async function changesFor(
  config: BenchConfig,
  pool: string,
  from: string,
  runner: Runner,
): Promise<ConfigChange[]> {
  const { volume, mariadb, replicate } = config;
  const changes: ConfigChange[] = [];
  const want = (key: string, is: unknown, value: ConfigChange['value']) => {
    if (is !== value) changes.push({ key, value });
  };
  want('volume.pool', volume.pool, pool);
  const path = poolBacking((await poolDevices(runner)).get(pool) ?? [], []);
  if (path !== undefined) {
    const kind = path.startsWith('/dev/') ? 'device' : 'image';
    want('volume.backing', volume.backing, kind);
    if (kind === 'device') want('volume.device', volume.device, path);
    else want('volume.image.path', volume.image.path, path);
  }
  const others = await otherBenches(config.name);
  if (others.some((other) => other.mariadb.port === mariadb.port))
    want('mariadb.port', mariadb.port, await freePort(others.map((other) => other.mariadb.port)));
  // The direction is turned round: it goes where it came from, once that host follows.
  if (from !== '' && replicate !== undefined && hostOf(replicate.to) !== from) {
    want('replicate.to', replicate.to, from);
    want('replicate.target', replicate.target, undefined);
  }
  return changes;
}

async function mysqlUser(): Promise<{ uid: number } | undefined> {
  const line = ((await readText('/etc/passwd')) ?? '')
    .split('\n')
    .find((entry) => entry.startsWith('mysql:'));
  const uid = line?.split(':')[2];
  return uid === undefined ? undefined : { uid: Number(uid) };
}

/** Until its bind mounts are there, its bench.toml is seen in the dataset only. */
export async function reload(pool: string, bench: string): Promise<BenchConfig> {
  const inside = configIn(pool, bench);
  const file = join(benchesRoot(), bench, 'bench.toml');
  const isMounted = mountAt(await readMounts(), join(file, '..')) !== undefined;
  return loadConfig(isMounted && (await exists(file)) ? file : inside);
}
