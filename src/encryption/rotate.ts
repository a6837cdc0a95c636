import { aloneOn, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  type EscrowWish,
  fetchKey,
  fingerprint,
  hasStoredKey,
  keyNotOpened,
  loadedKeyFile,
  opensRoot,
  placedKey,
  readStoredKey,
  refuseExportPath,
  requireKeyAtHand,
  requireRecipients,
  type Secret,
} from '../keys/keys.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { type Keyed, lookAtKey, placeSteps } from './look.js';

export interface RotateRequest {
  wish: EscrowWish | undefined;
  /** Of the new key, where it is wrapped in one; of the present one, too, where that is not in memory. */
  passphrase: Secret | undefined;
}

export interface Rotation {
  bench: string;
  /** It was cut off, and is only finished. */
  finishes: boolean;
  /** Everything that the new key opens. */
  datasets: string[];
  steps: Step[];
}

/** What `bench key rotate` prints. */
export interface Rotated {
  bench: string;
  finished: boolean;
  datasets: string[];
  /** Which key it is now. */
  key: string | null;
}

/**
 * What a rotation does: the new key is stored beside the old one and exported, ZFS is told, the new one is proven to
 * open it, and only then takes the old one's place. Cut off anywhere, one of the two opens it, and both are stored.
 * Changes nothing.
 * @throws RefusedError `key-of-other`, `key-not-loaded`, `escrow-needed`, `passphrase-needed`
 */
export async function planRotation(
  config: BenchConfig,
  runner: Runner,
  { wish, passphrase }: RotateRequest,
): Promise<Rotation> {
  const keyed = await lookAtKey(config, runner);
  const { source, dataset, encryption, shared } = keyed;
  refuseOther(keyed);
  await requireKeyAtHand(config.name, dataset, source);
  if (source.kind === 'prompt' && passphrase === undefined) throw passphraseNeeded(config.name);
  const datasets = shared.map((each) => each.dataset);
  const bench = config.name;
  const settle: Step = { kind: 'key.settle', bench, root: dataset.name, datasets, source, passphrase };
  // Before ZFS takes it the rotation begins anew.
  if (await isPendingInForce(keyed, runner, passphrase))
    return { bench, finishes: true, datasets, steps: [settle] };
  if (wish === undefined) throw escrowNeeded(bench);
  if (wish.kind === 'file') {
    await refuseExportPath(bench, wish.path);
    if (wish.readers.kind === 'recipients') await requireRecipients(wish.readers.recipients);
  }
  const location = `file://${loadedKeyFile(source)}`;
  return {
    bench,
    finishes: false,
    datasets,
    steps: [
      ...(encryption.location === location
        ? []
        : [{ kind: 'dataset.set', dataset: dataset.name, properties: { keylocation: location } } as const]),
      { kind: 'key.stage', bench, source, passphrase, wish },
      { kind: 'key.change', root: dataset.name, source, passphrase },
      settle,
    ],
  };
}

/**
 * Whether ZFS takes the key of a rotation that was cut off. Told by the key itself, never by a note: what is stored anew
 * must not be the only copy of the one in force.
 */
async function isPendingInForce(
  { source, encryption }: Keyed,
  runner: Runner,
  passphrase: Secret | undefined,
): Promise<boolean> {
  if (!(await hasStoredKey(source, true))) return false;
  const file = loadedKeyFile(source);
  const placed = await placedKey(file);
  if (placed === undefined || !(await opensRoot(runner, encryption.root, file))) return false;
  const isIt = async (pending: boolean) =>
    fingerprint(placed) === fingerprint(await readStoredKey(source, { runner, passphrase, pending }));
  try {
    return await isIt(true);
  } catch (error) {
    // Wrapped in another passphrase. Where this one opens the one before, that tells it as well.
    if (!(error instanceof BenchError) || error.code !== 'key-not-opened') throw error;
    if (await isIt(false).catch(() => false)) return false;
    throw keyNotOpened(encryption.root, error);
  }
}

/** @throws RefusedError those of {@link planRotation} */
export async function rotateBenchKey(
  config: BenchConfig,
  host: Runner,
  request: RotateRequest,
  onEvent: OnStep,
): Promise<Rotated> {
  return aloneOn(config, host, `bench key rotate -b ${config.name}`, async (runner) => {
    await refuseUnfinishedRestore(config.name);
    const { source, encryption } = await lookAtKey(config, runner);
    await applySteps(await placeSteps(), runner, onEvent);
    // What lies in memory may be the new one of a rotation that was cut off before ZFS was told.
    await fetchKey(source, encryption.root, { runner, passphrase: request.passphrase });
    const plan = await planRotation(config, runner, request);
    await applySteps(plan.steps, runner, onEvent);
    const now = await lookAtKey(config, runner);
    return {
      bench: config.name,
      finished: plan.finishes,
      datasets: plan.datasets,
      key: now.encryption.key ?? null,
    };
  });
}

/** A clone has the key of what it was made of (zfs-change-key(8): "Keys cannot be changed on clones"). */
function refuseOther({ config, dataset, encryption }: Keyed): void {
  if (encryption.root === dataset.name) return;
  const leaf = encryption.root.slice(encryption.root.lastIndexOf('/') + 1);
  throw new RefusedError(
    'key-of-other',
    `The key of ${config.name} is that of ${encryption.root}, which it was made of: it is changed there, for both. Nothing was changed.`,
    {
      suggestions: [`bench key rotate -b ${leaf}`, `bench clone promote ${config.name}, then rotate it here`],
    },
  );
}

function escrowNeeded(bench: string): RefusedError {
  return new RefusedError(
    'escrow-needed',
    'A copy of the new key is to be put away before anything depends on it. Nothing was changed.',
    {
      suggestions: [
        `bench key rotate -b ${bench} --escrow FILE --recipient age1…, or without --recipient for a passphrase`,
        `bench key rotate -b ${bench} --no-escrow, where you keep a copy yourself`,
      ],
    },
  );
}

function passphraseNeeded(bench: string): RefusedError {
  return new RefusedError(
    'passphrase-needed',
    `The key of ${bench} is wrapped in a passphrase, and there is no terminal to ask for it. Nothing was changed.`,
    { suggestions: ['Run it on a terminal, or with --passphrase-file FILE.'] },
  );
}
