import { readFile } from 'node:fs/promises';
import { aloneOn, describeRestore, finishCommand, readJournal } from '../bench/bench.js';
import type { KeySource } from '../config/config.js';
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
  opensTrial,
  placeKey,
  readKeyInForce,
  readRawKey,
  requireKey,
  Secret,
  writeStoredKey,
} from '../keys/keys.js';
import { applySteps } from '../steps/steps.js';
import { type BringUp, bringUp } from './bring-up.js';
import { type Keyed, lookAtKey, lookInRestore, placeSteps } from './look.js';

type Root = Pick<Keyed, 'config' | 'source' | 'encryption'>;

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
  /** The bench runs; false where a restore has to be finished first. */
  up: boolean;
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
  const { restore, wasLoaded, ...done } = await aloneOn(config, host, purpose, async (runner) => {
    const restore = await readJournal(config.name);
    const found = await (restore === undefined ? lookAtKey : lookInRestore)(config, runner);
    await applySteps(await placeSteps(), runner, onEvent);
    const { bytes, passphrase: used } = await findKey(found, runner, request);
    const root = found.encryption.root;
    const file = loadedKeyFile(found.source);
    await placeKey(bytes, file);
    if (!found.encryption.isLoaded) await applySteps([{ kind: 'key.load', root, file }], runner, onEvent);
    const isStored = await keep(found.source, bytes, runner, request, used);
    return {
      restore,
      wasLoaded: found.encryption.isLoaded,
      key: fingerprint(bytes),
      stored: isStored,
      passphrase: used,
    };
  });
  const { key, stored } = done;
  // Only the restore goes on from where it was cut off; for that the key is there now.
  if (restore !== undefined) {
    const notes = [`${describeRestore(restore)} was interrupted: ${finishCommand(config.name, restore)}`];
    return { bench: config.name, key, changed: !wasLoaded, stored, up: false, notes };
  }
  const { steps, notes } = await bringUp(up, done.passphrase);
  return {
    bench: config.name,
    key,
    changed: !wasLoaded || steps.length > 0,
    stored,
    up: true,
    notes,
  };
}

interface FoundKey {
  bytes: Uint8Array;
  /** That it was opened with. */
  passphrase: Secret | undefined;
}

/** @throws RefusedError `key-wrong`: no other key is returned than one that ZFS takes */
async function findKey(
  { source, encryption, config }: Root,
  runner: Runner,
  { file, identity, passphrase }: LoadRequest,
): Promise<FoundKey> {
  if (file === undefined) {
    const asked = source.kind === 'prompt' ? await passphrase(`the key of ${config.name}`) : undefined;
    const bytes = await readKeyInForce(source, encryption.root, { runner, passphrase: asked });
    return { bytes, passphrase: asked };
  }
  const given = await readGivenKey(file, identity, passphrase);
  if (!(await opensTrial(given.bytes, source, encryption.root, runner)))
    throw keyWrong(encryption.root, file);
  return given;
}

async function readGivenKey(
  file: string,
  identity: string | undefined,
  passphrase: LoadRequest['passphrase'],
): Promise<FoundKey> {
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
