import type { KeySource } from '../config/config.js';
import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Dataset, loadKey, testKey } from '../zfs/zfs.js';
import { placedKey, placeKey, removePlacedKey } from './material.js';
import { loadedKeyFile, storedKeyFile } from './place.js';
import { hasStoredKey, readStoredKey, type StoreOptions } from './store.js';

/** Whether the key in a file opens an encryption root. */
export async function opensRoot(runner: Runner, root: string, file: string): Promise<boolean> {
  return (await runner.run(testKey(root, file))).exitCode === 0;
}

/** Whether a key opens an encryption root; what lies where ZFS reads it stays as it is. */
export async function opensTrial(
  key: Uint8Array,
  source: KeySource,
  root: string,
  runner: Runner,
): Promise<boolean> {
  const trial = `${loadedKeyFile(source)}.trial`;
  try {
    await placeKey(key, trial);
    return await opensRoot(runner, root, trial);
  } finally {
    await removePlacedKey(trial);
  }
}

/**
 * The stored key that opens an encryption root. A rotation that was cut off leaves two, each perhaps wrapped in a
 * passphrase of its own. Which of them is in force is told by ZFS alone: `bench:key` is written after ZFS has changed it.
 * @throws RefusedError `key-wrong`, and those of `readStoredKey` where none opens it
 */
export async function readKeyInForce(
  source: KeySource,
  root: string,
  options: StoreOptions,
): Promise<Uint8Array> {
  const isRotating = await hasStoredKey(source, true);
  const stored = !isRotating ? [false] : (await hasStoredKey(source)) ? [false, true] : [true];
  let unread: unknown;
  for (const pending of stored) {
    const key = await readStoredKey(source, { ...options, pending }).catch((error: unknown) => {
      // It may be the other one that is in force.
      unread ??= error;
      return undefined;
    });
    if (key !== undefined && (await opensTrial(key, source, root, options.runner))) return key;
  }
  if (isRotating && unread instanceof BenchError && unread.code === 'key-not-opened')
    throw keyNotOpened(root, unread);
  throw unread ?? keyWrong(root, storedKeyFile(source));
}

/**
 * Brings the key of an encryption root to where ZFS reads it: the one that lies there, else the stored one, else the one
 * that a rotation was cut off with. None is placed that ZFS does not take.
 * @param root undefined where there is none yet: then it is the stored one
 * @throws RefusedError those of {@link readKeyInForce}
 */
export async function fetchKey(
  source: KeySource,
  root: string | undefined,
  options: StoreOptions,
): Promise<void> {
  const file = loadedKeyFile(source);
  if (root === undefined) return placeKey(await readStoredKey(source, options), file);
  if ((await placedKey(file)) !== undefined && (await opensRoot(options.runner, root, file))) return;
  await placeKey(await readKeyInForce(source, root, options), file);
}

export function keyWrong(root: string, from: string): RefusedError {
  return new RefusedError('key-wrong', `The key in ${from} is not that of ${root}. Nothing was changed.`, {
    suggestions: [
      `Which key it takes: zfs get bench:key ${root}; bench key status shows that of the file.`,
      'Bring back the right one from an export: bench key load --file EXPORT',
    ],
  });
}

/** In the middle of a rotation: whoever has a passphrase for each key has to know that either may be the one. */
export function keyNotOpened(root: string, cause: BenchError): BenchError {
  return new BenchError(
    'key-not-opened',
    `The passphrase opens no stored key that ${root} takes. Nothing was changed.`,
    {
      suggestions: [
        'A rotation was cut off, so two are stored. Try the passphrase of the new key, and that of the one before.',
      ],
      cause,
    },
  );
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
