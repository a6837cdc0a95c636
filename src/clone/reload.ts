import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { requireUserOf } from '../host/users.js';

/** A clone's bench.toml anew: until its bind mounts are there, it is seen in the dataset only. */
export async function reloadOwn({ file, volume }: BenchConfig): Promise<BenchConfig> {
  return loadConfig((await exists(file)) ? file : join(volume.mountpoint, 'benches', 'bench.toml'));
}

/** Whom the programs of `[clone]` run as: the owner of bench.toml, who is asked for only where there are any. */
export async function userFor({ file, clone }: BenchConfig, runner: Runner): Promise<string> {
  return clone.run.length === 0 ? 'root' : requireUserOf(runner, (await lstat(file)).uid, file);
}
