import { readFile } from 'node:fs/promises';
import { aloneOn, refuseUnfinishedRestore } from '../bench/bench.js';
import type { KeySource } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  fingerprint,
  hasStoredKey,
  isAge,
  keyWrong,
  loadedKeyFile,
  type Opener,
  open,
  opensRoot,
  placeKey,
  readRawKey,
  readStoredKey,
  removePlacedKey,
  requireKey,
  Secret,
  writeStoredKey,
} from '../keys/keys.js';
import { applySteps } from '../steps/steps.js';
import { type BringUp, bringUp } from './bring-up.js';
import { type Keyed, lookAtKey, placeSteps } from './look.js';

export interface LoadRequest {
  /** A key, or an export of one; undefined is where bench.toml says. */
  file: string | undefined;
  /** Opens an export. */
  identity: string | undefined;
  /** Asked for only where one is needed. */
  passphrase: (what: string) => Promise<Secret | undefined>;
  /** Keep it where bench.toml says, in the place of what lies there. */
  store: boolean;
}

/** What `bench key load` prints. */
export interface Loaded {
  bench: string;
  /** Which key it is. */
  key: string;
  /** It was not loaded before. */
  changed: boolean;
  /** It was put where bench.toml says, for the next boot. */
  stored: boolean;
  /** What was brought up, one sentence a step. */
  notes: string[];
}

/**
 * Loads the key of a bench, and brings up what has waited for it. A wrong key is refused before anything is changed.
 * @throws RefusedError `key-wrong`, `key-missing`, `key-invalid`, `key-exposed`, `passphrase-needed`, `not-encrypted`;
 *   BenchError `key-not-opened`
 */
export async function loadBenchKey(up: BringUp, request: LoadRequest): Promise<Loaded> {
  const { config, runner: host, onEvent } = up;
  const purpose = `bench key load -b ${config.name}`;
  const { keyed, key, stored, passphrase } = await aloneOn(config, host, purpose, async (runner) => {
    await refuseUnfinishedRestore(config.name);
    const found = await lookAtKey(config, runner);
    await applySteps(await placeSteps(), runner, onEvent);
    const { bytes, passphrase: used } = await findKey(found, runner, request);
    await placeIfRight(found, bytes, runner, request.file);
    const root = found.encryption.root;
    const file = loadedKeyFile(found.source);
    if (!found.encryption.isLoaded) await applySteps([{ kind: 'key.load', root, file }], runner, onEvent);
    const isStored = await keep(found.source, bytes, runner, request, used);
    return { keyed: found, key: fingerprint(bytes), stored: isStored, passphrase: used };
  });
  const { steps, notes } = await bringUp(up, passphrase);
  return {
    bench: config.name,
    key,
    changed: !keyed.encryption.isLoaded || steps.length > 0,
    stored,
    notes,
  };
}

async function findKey(
  { source, encryption, config }: Keyed,
  runner: Runner,
  { file, identity, passphrase }: LoadRequest,
): Promise<{ bytes: Uint8Array; passphrase: Secret | undefined }> {
  if (file === undefined) {
    const asked = source.kind === 'prompt' ? await passphrase(`the key of ${config.name}`) : undefined;
    const options = { runner, passphrase: asked };
    const first = await readStoredKey(source, options);
    // A rotation that was cut off has left another one, which may be the one by now.
    if (encryption.key !== fingerprint(first) && (await hasStoredKey(source, true))) {
      const second = await readStoredKey(source, { ...options, pending: true });
      if (await opensTrial(second, source, encryption.root, runner))
        return { bytes: second, passphrase: asked };
    }
    return { bytes: first, passphrase: asked };
  }
  const content = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError('key-file-invalid', `${file} cannot be read (${cause.code}). Nothing was changed.`, {
      cause,
    });
  });
  if (!isAge(content)) return { bytes: await readRawKey(file), passphrase: undefined };
  const opener = await openerOf(identity, file, passphrase);
  const bytes = await open(opener, content);
  requireKey(bytes, file);
  return { bytes, passphrase: opener.kind === 'passphrase' ? opener.passphrase : undefined };
}

async function openerOf(
  identity: string | undefined,
  file: string,
  passphrase: LoadRequest['passphrase'],
): Promise<Opener> {
  if (identity !== undefined) {
    const text = await readFile(identity, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new UsageError(
        'identity-invalid',
        `${identity} cannot be read (${cause.code}). Nothing was changed.`,
        { cause },
      );
    });
    return { kind: 'identity', text: new Secret(text) };
  }
  const typed = await passphrase(file);
  if (typed !== undefined) return { kind: 'passphrase', passphrase: typed };
  throw new RefusedError(
    'passphrase-needed',
    `${file} is encrypted, and there is no terminal to ask for its passphrase. Nothing was changed.`,
    { suggestions: ['--passphrase-file FILE', 'Or, for an export to a recipient: --identity FILE'] },
  );
}

async function opensTrial(
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

/** @throws RefusedError `key-wrong`: then nothing was changed */
async function placeIfRight(
  { source, encryption }: Keyed,
  key: Uint8Array,
  runner: Runner,
  file: string | undefined,
): Promise<void> {
  if (!(await opensTrial(key, source, encryption.root, runner)))
    throw keyWrong(encryption.root, file ?? formatKeySource(source));
  await placeKey(key, loadedKeyFile(source));
}

/** For the next boot: where nothing lies, or where it is wanted in the place of what does. */
async function keep(
  source: KeySource,
  key: Uint8Array,
  runner: Runner,
  { file, store }: LoadRequest,
  passphrase: Secret | undefined,
): Promise<boolean> {
  if (file === undefined || (!store && (await hasStoredKey(source)))) return false;
  if (source.kind === 'prompt' && passphrase === undefined && !store) return false;
  await writeStoredKey(source, key, { runner, passphrase });
  return true;
}
