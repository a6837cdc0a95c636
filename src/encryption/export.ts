import { aloneOn } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import {
  type EscrowWish,
  fetchKey,
  fingerprint,
  loadedKeyFile,
  opensRoot,
  placedKey,
  refuseExportPath,
  requireRecipients,
  type Secret,
} from '../keys/keys.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { lookAtKey, placeSteps } from './look.js';

/** What `bench key export` prints. */
export interface Exported {
  bench: string;
  path: string;
  /** Which key is in it. */
  key: string;
  /** Everything that it opens. */
  datasets: string[];
}

/**
 * Puts a copy of the key away, and records that.
 * @throws UsageError `export-path-invalid`, `recipient-invalid`; RefusedError `file-exists`, `key-in-pool`, `key-missing`
 */
export async function exportBenchKey(
  config: BenchConfig,
  host: Runner,
  wish: EscrowWish & { kind: 'file' },
  passphrase: () => Promise<Secret | undefined>,
  onEvent: OnStep,
): Promise<Exported> {
  await refuseExportPath(config.name, wish.path);
  if (wish.readers.kind === 'recipients') await requireRecipients(wish.readers.recipients);
  return aloneOn(config, host, `bench key export -b ${config.name}`, async (runner) => {
    const { source, encryption, shared } = await lookAtKey(config, runner);
    const datasets = shared.map(({ dataset }) => dataset);
    const file = loadedKeyFile(source);
    // A rotation that was cut off before ZFS was told has left another one there.
    const isPlaced =
      (await placedKey(file)) !== undefined && (await opensRoot(runner, encryption.root, file));
    const asked = source.kind === 'prompt' && !isPlaced ? await passphrase() : undefined;
    await applySteps(await placeSteps(), runner, onEvent);
    await fetchKey(source, encryption.root, { runner, passphrase: asked });
    await applySteps([{ kind: 'key.escrow', bench: config.name, datasets, source, wish }], runner, onEvent);
    const key = (await placedKey(file)) ?? new Uint8Array();
    return { bench: config.name, path: wish.path, key: fingerprint(key), datasets };
  });
}
