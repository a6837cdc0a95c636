import type { BenchConfig } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import type { Runner } from '../host/exec.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import {
  decodeEscrow,
  fingerprint,
  hasStoredKey,
  holds,
  keyUnit,
  loadedKeyFile,
  placedKey,
  storedKeyFile,
} from '../keys/keys.js';
import { lookAtKey } from './look.js';

/** What `bench key status` prints. */
export interface KeyStatus {
  bench: string;
  dataset: string;
  /** As bench.toml says it. */
  source: string;
  /** Where it lies for good, and whether it does. */
  stored: { path: string; present: boolean };
  loaded: boolean;
  /** Which key opens it; null where nothing says so. */
  key: string | null;
  /** Which key lies in memory, for root to see; null where none does. */
  inMemory: string | null;
  /** The dataset that the key belongs to. */
  encryptionRoot: string;
  /** Everything else that the same key opens: clones, and what a restore has set aside. */
  sharedWith: string[];
  /** The copy that was put away; null where there is none. */
  escrow: { at: string; to: string[]; current: boolean } | null;
  /** A rotation was cut off. */
  rotating: boolean;
  unit: { name: string; enabled: boolean };
}

/** Changes nothing. @throws RefusedError `not-encrypted` */
export async function readKeyStatus(config: BenchConfig, runner: Runner): Promise<KeyStatus> {
  const { source, dataset, encryption, shared } = await lookAtKey(config, runner);
  const [unit = UNKNOWN_UNIT] = await unitStates(runner, [keyUnit(config.name)]);
  const placed = await placedKey(loadedKeyFile(source));
  const escrow = decodeEscrow(encryption.escrow);
  return {
    bench: config.name,
    dataset: dataset.name,
    source: formatKeySource(source),
    stored: { path: storedKeyFile(source), present: await hasStoredKey(source) },
    loaded: encryption.isLoaded,
    key: encryption.key ?? null,
    inMemory: placed === undefined ? null : fingerprint(placed),
    encryptionRoot: encryption.root,
    sharedWith: shared.map((each) => each.dataset).filter((name) => name !== dataset.name),
    escrow:
      escrow === undefined || escrow.to.length === 0
        ? null
        : { at: escrow.at, to: escrow.to, current: holds(escrow, encryption.key) },
    rotating: await hasStoredKey(source, true),
    unit: { name: keyUnit(config.name), enabled: unit.enabled === 'enabled' },
  };
}
