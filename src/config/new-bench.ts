import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { benchesRoot } from '../host/environment.js';
import { makeDirectory, notMade } from '../host/open-directory.js';
import { listeningPorts } from '../host/ports.js';
import { benchName } from '../names.js';
import { DEFAULTS } from './config.js';
import type { ConfigChange } from './edit.js';
import { checkConfig, invalidConfig } from './load.js';
import { newConfigText } from './template.js';

/** What `bench new --json` prints. */
export interface NewBench {
  name: string;
  directory: string;
  file: string;
  port: number;
}

/**
 * Makes `<benches root>/<name>/bench.toml`. It belongs to the owner of the directory, a new directory under sudo to
 * the user who called it.
 * @param changes of the commented defaults
 * @throws UsageError `bench-name-invalid` or `config-invalid`, RefusedError `bench-exists`
 */
export async function createBenchToml(
  name: string,
  port: number,
  changes: readonly ConfigChange[] = [],
): Promise<NewBench> {
  const wrong = benchName(name);
  if (wrong !== undefined)
    throw new UsageError(
      'bench-name-invalid',
      `${JSON.stringify(name)} cannot be the name of a bench: it ${wrong}.`,
    );
  const directory = join(benchesRoot(), name);
  const file = join(directory, 'bench.toml');
  const existing = await stat(directory).catch(() => undefined);
  if (await stat(file).catch(() => undefined)) {
    throw new RefusedError('bench-exists', `${file} exists already. Nothing was changed.`, {
      suggestions: [`To set up the bench in it: sudo bench init -b ${name}`],
    });
  }
  const text = await changedText(newConfigText({ name, port }), changes, file);
  const owner = existing ?? callingUser();
  if (existing === undefined) {
    await mkdir(benchesRoot(), { recursive: true }).catch((error) => {
      throw notMade(benchesRoot(), error);
    });
  }
  await makeDirectory(directory, owner);
  await writeFileAtomic(file, text, {
    mode: 0o644,
    ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
  });
  return { name, directory, file, port };
}

/** What would not be a valid bench.toml is not written. */
async function changedText(
  defaults: string,
  changes: readonly ConfigChange[],
  file: string,
): Promise<string> {
  if (changes.length === 0) return defaults;
  const { editText } = await import('./edit.js');
  const text = editText(defaults, changes);
  const { findings } = await checkConfig(text, file);
  if (findings.length > 0) throw invalidConfig(file, findings);
  return text;
}

/** The first port from the default upwards that is none of `claimed` and that nobody listens on. */
export async function freePort(claimed: readonly number[]): Promise<number> {
  const taken = new Set([...claimed, ...(await listeningPorts())]);
  let port: number = DEFAULTS.port;
  while (taken.has(port)) port += 1;
  return port;
}

function callingUser(): { uid: number; gid: number } | undefined {
  const [uid, gid] = [Number(process.env.SUDO_UID), Number(process.env.SUDO_GID)];
  return process.geteuid?.() === 0 && Number.isInteger(uid) && Number.isInteger(gid)
    ? { uid, gid }
    : undefined;
}
