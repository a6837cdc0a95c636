import { requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig, KeySource } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { hasKeyDirectory } from '../keys/keys.js';
import type { Step } from '../steps/steps.js';
import { type Dataset, type Encryption, listEncryption } from '../zfs/zfs.js';

/** The memory for keys is there after `bench init` and a boot; somebody may have unmounted it. */
export async function placeSteps(): Promise<Step[]> {
  return (await hasKeyDirectory()) ? [] : [{ kind: 'keys.mount' }];
}

/** An encrypted bench, and everything that its key opens. */
export interface Keyed {
  config: BenchConfig;
  source: KeySource;
  dataset: Dataset;
  encryption: Encryption;
  /** The dataset itself among them. */
  shared: Encryption[];
}

/**
 * @throws RefusedError `not-encrypted`, `encryption-not-configured`; VolumeError `dataset-missing`
 */
export async function lookAtKey(config: BenchConfig, runner: Runner): Promise<Keyed> {
  const { key: source, pool } = config.volume;
  const dataset = await requireOwnDataset(config, runner);
  const all = await listEncryption(runner, pool);
  const encryption = all.find((each) => each.dataset === dataset.name);
  if (encryption === undefined || encryption.root === pool) {
    throw new RefusedError(
      'not-encrypted',
      encryption === undefined
        ? `The bench ${config.name} is not encrypted. Nothing was changed.`
        : `${dataset.name} is encrypted with the key of the whole pool, which is none of bench's. Nothing was changed.`,
      { suggestions: [`zfs get encryption,encryptionroot,keystatus ${dataset.name}`] },
    );
  }
  if (source === undefined) {
    throw new RefusedError(
      'encryption-not-configured',
      `${dataset.name} is encrypted, and bench.toml does not say where its key comes from. Nothing was changed.`,
      { suggestions: ['bench config set volume.encryption on, then bench config set volume.key SOURCE'] },
    );
  }
  return { config, source, dataset, encryption, shared: all.filter(({ root }) => root === encryption.root) };
}
