import { rename, rm } from 'node:fs/promises';
import type { KeySource } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Dataset, loadKey, testKey } from '../zfs/zfs.js';
import { placedKey, placeKey } from './material.js';
import { loadedKeyFile, storedKeyFile } from './place.js';
import { hasStoredKey, readStoredKey, type StoreOptions } from './store.js';

/** Whether the key in a file opens an encryption root. */
export async function opensRoot(runner: Runner, root: string, file: string): Promise<boolean> {
  return (await runner.run(testKey(root, file))).exitCode === 0;
}

/**
 * Brings the key of an encryption root to where ZFS reads it: the one that lies there, else the stored one, else the one
 * that a rotation was cut off with. None is placed that ZFS does not take.
 * @param root undefined where there is none yet: then it is the stored one
 * @throws RefusedError `key-wrong`, and those of `readStoredKey`
 */
export async function fetchKey(
  source: KeySource,
  root: string | undefined,
  options: StoreOptions,
): Promise<void> {
  const { runner } = options;
  const file = loadedKeyFile(source);
  if (root === undefined) return placeKey(await readStoredKey(source, options), file);
  if ((await placedKey(file)) !== undefined && (await opensRoot(runner, root, file))) return;
  const trial = `${file}.trial`;
  const pendings = (await hasStoredKey(source, true)) ? [false, true] : [false];
  try {
    for (const pending of pendings) {
      if (pending || pendings.length === 1 || (await hasStoredKey(source)))
        await placeKey(await readStoredKey(source, { ...options, pending }), trial);
      else continue;
      if (!(await opensRoot(runner, root, trial))) continue;
      await rename(trial, file);
      return;
    }
  } finally {
    await rm(trial, { force: true });
  }
  throw keyWrong(root, storedKeyFile(source));
}

export function keyWrong(root: string, from: string): RefusedError {
  return new RefusedError('key-wrong', `The key in ${from} is not that of ${root}. Nothing was changed.`, {
    suggestions: [
      `Which key it takes: zfs get bench:key ${root}; bench key status shows that of the file.`,
      'Bring back the right one from an export: bench key load --file EXPORT',
    ],
  });
}

/** Loads what lies there; that it is loaded already is well. */
export async function loadPlacedKey(runner: Runner, root: string, file: string): Promise<void> {
  const command = loadKey(root, file);
  const result = await runner.run({ ...command, okExitCodes: [0, 1, 255] });
  if (result.exitCode === 0 || /Key already loaded/.test(result.stderr)) return;
  await runner.run(command);
}

/**
 * Before a dataset is mounted whose clone or origin was promoted: ZFS has forgotten its key then, though what was mounted
 * stayed so.
 * @throws RefusedError those of {@link fetchKey}
 */
export async function loadAgain(
  runner: Runner,
  { lockedBy }: Pick<Dataset, 'lockedBy'>,
  source: KeySource,
): Promise<void> {
  if (lockedBy === undefined) return;
  await fetchKey(source, lockedBy, { runner });
  await loadPlacedKey(runner, lockedBy, loadedKeyFile(source));
}

/**
 * Before something is begun that makes ZFS forget the key: it has to be at hand without anybody being asked.
 * @throws RefusedError `key-not-loaded`, `key-not-at-hand`
 */
export async function requireKeyAtHand(
  bench: string,
  dataset: Pick<Dataset, 'name' | 'lockedBy'>,
  source: KeySource | undefined,
): Promise<void> {
  if (dataset.lockedBy !== undefined) throw keyNotLoaded(bench, dataset);
  if (source === undefined || (await placedKey(loadedKeyFile(source))) !== undefined) return;
  if (source.kind !== 'prompt' && (await hasStoredKey(source))) return;
  throw new RefusedError(
    'key-not-at-hand',
    `ZFS would forget the key of ${dataset.name} on the way, and it is not at hand: ${loadedKeyFile(source)} is not there. Nothing was changed.`,
    { suggestions: [`bench key load -b ${bench}`] },
  );
}

/**
 * Of what is no bench of this host, so that `bench key load` does not know it: a kept volume, or a copy.
 * @param bench whose it was: systemd may keep the key under that name
 * @param on what the commands are for, where that is another host
 */
export function keyNotLoadedHere(
  bench: string,
  { name, lockedBy }: Pick<Dataset, 'name' | 'lockedBy'>,
  on = '',
): RefusedError {
  const credential = `bench-key-${bench}`;
  return locked({ name: `${name}${on}`, lockedBy }, [
    `With a key in a file: zfs load-key -L file:///PATH ${lockedBy}`,
    `With one that systemd keeps: systemd-creds decrypt --name=${credential} /etc/credstore.encrypted/${credential} - | zfs load-key -L prompt ${lockedBy}`,
    `With an export: age -d -i IDENTITY EXPORT | zfs load-key -L prompt ${lockedBy}`,
  ]);
}

export function keyNotLoaded(bench: string, dataset: Pick<Dataset, 'name' | 'lockedBy'>): RefusedError {
  return locked(dataset, [`bench key load -b ${bench}`]);
}

function locked(
  { name, lockedBy }: Pick<Dataset, 'name' | 'lockedBy'>,
  suggestions: readonly string[],
): RefusedError {
  return new RefusedError(
    'key-not-loaded',
    `${name} is encrypted, and the key of ${lockedBy} is not loaded. Nothing was changed.`,
    { suggestions },
  );
}
