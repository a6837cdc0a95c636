import type { HostFile } from '../bench/bench.js';
import type { BenchConfig, KeySource } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import { RefusedError } from '../errors.js';
import { holds, KEY_MOUNT_UNIT, keyFiles, keyUnit, loadedKeyFile } from '../keys/keys.js';
import type { Step } from '../steps/steps.js';
import { type Dataset, encryptionProperties } from '../zfs/zfs.js';
import type { Facts } from './facts.js';
import type { KeyFacts } from './key-facts.js';

type KeyedFacts = Facts & { key: KeyFacts };

function keyOf(config: BenchConfig, facts: Facts): { source: KeySource; facts: KeyedFacts } | undefined {
  const source = config.volume.key;
  if (source === undefined || facts.key === undefined) return undefined;
  return { source, facts: { ...facts, key: facts.key } };
}

/**
 * What is encrypted stays so, and what is not cannot become it where it is.
 * @throws RefusedError `encryption-in-place`, `encryption-not-configured`
 */
export function refuseOtherEncryption(config: BenchConfig, { dataset, record }: Facts): void {
  if (dataset === undefined) return;
  const { key, pool } = config.volume;
  const root = dataset.encryptionRoot;
  const isOwn = root !== undefined && root !== pool;
  if (key !== undefined && !isOwn) {
    throw new RefusedError(
      'encryption-in-place',
      root === undefined
        ? `${dataset.name} is there and is not encrypted: ZFS encrypts what is written to a new dataset, never one that is there. Nothing was changed.`
        : `${dataset.name} is encrypted with the key of the pool ${root}, and has none of its own. Nothing was changed.`,
      {
        suggestions: [
          'Take encryption and key out of bench.toml again, and the bench stays as it is.',
          'For an encrypted one: bench new NEW, set encryption and key in its bench.toml, bench init -b NEW; then bring files and a dump of the database over (docs/encryption.md).',
        ],
      },
    );
  }
  if (key !== undefined || !isOwn) return;
  throw new RefusedError(
    'encryption-not-configured',
    `${dataset.name} is encrypted, and bench.toml does not say where its key comes from: the next boot could not load it. Nothing was changed.`,
    {
      suggestions: [
        `bench config set volume.encryption on, then bench config set volume.key ${record?.key ?? 'SOURCE'}`,
      ],
    },
  );
}

/** Where keys lie while they are loaded, before any is fetched. */
export function planKeyPlace(config: BenchConfig, { key, files }: Facts): Step[] {
  if (key === undefined) return [];
  const unit = keyFiles(config).filter(isPlaceUnit);
  const differing = unit.filter(({ path, content }) => files.get(path) !== content);
  return [
    ...differing.map((file): Step => ({ kind: 'file.write', ...file })),
    ...(differing.length > 0 ? [{ kind: 'systemd.reload' } as const] : []),
    ...(key.hasPlace ? [] : [{ kind: 'keys.mount' } as const]),
  ];
}

/** The unit that loads the key at boot; where that puts it is planned before. */
export function ownKeyFiles(config: BenchConfig): HostFile[] {
  return keyFiles(config).filter((file) => !isPlaceUnit(file));
}

function isPlaceUnit({ path }: HostFile): boolean {
  return path.endsWith(`/${KEY_MOUNT_UNIT}`);
}

/** What a new dataset is made with. */
export function newEncryption(config: BenchConfig): Record<string, string> {
  const { key } = config.volume;
  return key === undefined ? {} : encryptionProperties(loadedKeyFile(key));
}

/**
 * Before a new dataset is made: its key, which lies where it belongs for good before anything is encrypted with it.
 * @throws RefusedError `escrow-needed`, `passphrase-needed`
 */
export function planNewKey(config: BenchConfig, facts: Facts): Step[] {
  const found = keyOf(config, facts);
  if (found === undefined) return [];
  const { source, facts: keyed } = found;
  const { isStored, flags } = keyed.key;
  wishOf(config, keyed);
  if (source.kind === 'prompt' && flags.passphrase === undefined) throw passphraseNeeded(config.name);
  const { passphrase } = flags;
  return [
    isStored
      ? { kind: 'key.fetch', source, root: undefined, passphrase }
      : { kind: 'key.make', source, passphrase },
  ];
}

/** Of a dataset that is there: where ZFS looks for its key, and the copy that was put away of it. */
export function planPresentKey(config: BenchConfig, facts: Facts, dataset: string): Step[] {
  const found = keyOf(config, facts);
  if (found === undefined) return [];
  const { source, facts: keyed } = found;
  const { encryption, escrow, isPlaced, flags, shared } = keyed.key;
  const steps: Step[] = [];
  const location = `file://${loadedKeyFile(source)}`;
  if (encryption?.root === dataset && encryption.location !== location)
    steps.push({ kind: 'dataset.set', dataset, properties: { keylocation: location } });
  if (encryption !== undefined && flags.withoutEscrow !== true && !holds(escrow, encryption.key)) {
    const fetch: Step = { kind: 'key.fetch', source, root: encryption.root, passphrase: flags.passphrase };
    steps.push(...(isPlaced ? [] : [fetch]), {
      kind: 'key.escrow',
      bench: config.name,
      datasets: shared,
      source,
      wish: wishOf(config, keyed),
    });
  }
  return steps;
}

/** Of a dataset that has just been made. */
export function planFirstEscrow(config: BenchConfig, facts: Facts): Step[] {
  const found = keyOf(config, facts);
  if (found === undefined) return [];
  const wish = wishOf(config, found.facts);
  return [
    { kind: 'key.escrow', bench: config.name, datasets: [config.volume.dataset], source: found.source, wish },
  ];
}

/** What makes it mountable; none where there is nothing to do, or bench does not know where the key comes from. */
export function planLoad(config: BenchConfig, facts: Facts, dataset: Dataset): Step[] {
  const found = keyOf(config, facts);
  if (dataset.lockedBy === undefined || found === undefined) return [];
  const { source, facts: keyed } = found;
  const { passphrase } = keyed.key.flags;
  if (source.kind === 'prompt' && passphrase === undefined && !keyed.key.isPlaced) {
    throw new RefusedError(
      'key-not-loaded',
      `${dataset.name} is encrypted, and its key ${formatKeySource(source)} is not loaded. Nothing was changed.`,
      { suggestions: [`bench key load -b ${config.name}, which asks for the passphrase`] },
    );
  }
  const root = dataset.lockedBy;
  return [
    { kind: 'key.fetch', source, root, passphrase },
    { kind: 'key.load', root, file: loadedKeyFile(source) },
  ];
}

/** The unit that loads it at the next boot. */
export function planKeyUnit(config: BenchConfig, facts: Facts): Step[] {
  if (facts.key === undefined || facts.key.unit.enabled === 'enabled') return [];
  return [{ kind: 'unit.enable', unit: keyUnit(config.name) }];
}

/** @throws RefusedError `escrow-needed` */
function wishOf({ name }: BenchConfig, { key }: KeyedFacts) {
  if (key.flags.escrow !== undefined) return key.flags.escrow;
  throw new RefusedError(
    'escrow-needed',
    `There is no copy of the key of ${name} outside of this host: without its key everything in it is lost. Nothing was changed.`,
    {
      suggestions: [
        `bench init -b ${name} --escrow FILE --recipient age1…, for somebody's public key of age`,
        `bench init -b ${name} --escrow FILE, which asks for a passphrase (or --passphrase-file FILE)`,
        `bench init -b ${name} --no-escrow, where you keep a copy yourself`,
      ],
    },
  );
}

function passphraseNeeded(bench: string): RefusedError {
  return new RefusedError(
    'passphrase-needed',
    `The key of ${bench} is to be wrapped in a passphrase, and there is no terminal to ask for it. Nothing was changed.`,
    { suggestions: [`bench init -b ${bench} on a terminal, or with --passphrase-file FILE`] },
  );
}
