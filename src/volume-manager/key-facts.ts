import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { type Mount, mountAt } from '../host/mounts.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import {
  decodeEscrow,
  type Escrow,
  type EscrowWish,
  hasStoredKey,
  holds,
  KEY_DIRECTORY,
  keyUnit,
  loadedKeyFile,
  placedKey,
  refuseExportPath,
  requireRecipients,
  type Secret,
} from '../keys/keys.js';
import { type Encryption, listEncryption } from '../zfs/zfs.js';

/** What the operator says of the key of a bench that is encrypted. */
export interface KeyFlags {
  escrow: EscrowWish | undefined;
  /** Of a key that is wrapped in one. */
  passphrase: Secret | undefined;
  /** What is to come up again comes up, with or without a copy of its key. */
  withoutEscrow?: boolean;
}

/** What is there already is encrypted or not, and somebody has its key: a copy was put away when it was made. */
export const KEPT_KEY: KeyFlags = { escrow: { kind: 'none' }, passphrase: undefined, withoutEscrow: true };

/** What decides on the key of an encrypted bench; only looked at where bench.toml says so. */
export interface KeyFacts {
  /** Where it belongs for good, it lies already. */
  isStored: boolean;
  /** It lies where ZFS reads it. */
  isPlaced: boolean;
  hasPlace: boolean;
  /** Undefined where there is no such dataset, or it is not encrypted. */
  encryption: Encryption | undefined;
  /** The copy that was put away. */
  escrow: Escrow | undefined;
  /** Of everything in the pool. */
  all: Encryption[];
  /** Everything that the key opens. */
  shared: string[];
  unit: UnitState;
  flags: KeyFlags;
}

const NO_FLAGS: KeyFlags = { escrow: undefined, passphrase: undefined };

/**
 * Two processes, for encrypted benches alone.
 * @throws UsageError `recipient-invalid`, and those of `refuseExportPath`
 */
export async function inspectKey(
  { name, volume }: BenchConfig,
  runner: Runner,
  {
    hasPool,
    mounts,
    flags = NO_FLAGS,
  }: { hasPool: boolean; mounts: readonly Mount[]; flags?: KeyFlags | undefined },
): Promise<KeyFacts | undefined> {
  const { key, dataset, pool } = volume;
  if (key === undefined) return undefined;
  const all = hasPool ? await listEncryption(runner, pool) : [];
  const encryption = all.find((each) => each.dataset === dataset);
  const escrow = decodeEscrow(encryption?.escrow);
  // Run again, the same command finds its own copy: then there is nothing to be put away any more.
  if (flags.escrow?.kind === 'file' && !holds(escrow, encryption?.key)) {
    await refuseExportPath(name, flags.escrow.path);
    if (flags.escrow.readers.kind === 'recipients') await requireRecipients(flags.escrow.readers.recipients);
  }
  const [unit = UNKNOWN_UNIT] = await unitStates(runner, [keyUnit(name)]);
  return {
    isStored: await hasStoredKey(key),
    isPlaced: (await placedKey(loadedKeyFile(key))) !== undefined,
    hasPlace: mountAt(mounts, KEY_DIRECTORY) !== undefined,
    encryption,
    escrow,
    all,
    shared: all.filter(({ root }) => root === encryption?.root).map((each) => each.dataset),
    unit,
    flags,
  };
}
