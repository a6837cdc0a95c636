import { BenchError, UsageError } from '../errors.js';
import type { Secret } from './secret.js';

/** Who can open an export: whoever has one of these keys, or the passphrase. */
export type Readers =
  | { kind: 'recipients'; recipients: readonly string[] }
  | { kind: 'passphrase'; passphrase: Secret };

/**
 * Encrypts for them with age (age-encryption.org/v1), armored: the program `age` opens it, without bench.
 * @throws UsageError `recipient-invalid`
 */
export async function sealFor(readers: Readers, plain: Uint8Array): Promise<string> {
  const { armor, Encrypter } = await import('./age-library.js');
  const encrypter = new Encrypter();
  if (readers.kind === 'passphrase') encrypter.setPassphrase(readers.passphrase.reveal());
  else
    for (const recipient of readers.recipients) {
      try {
        encrypter.addRecipient(recipient);
      } catch (cause) {
        throw recipientInvalid(recipient, cause);
      }
    }
  return armor.encode(await quietly(() => encrypter.encrypt(plain)));
}

/** Something that opens an export; of an identity the text of its file, as `age-keygen` has written it. */
export type Opener = { kind: 'identity'; text: Secret } | { kind: 'passphrase'; passphrase: Secret };

/**
 * @param file as {@link sealFor} or `age` has written it, armored or not
 * @throws BenchError `key-not-opened`
 */
export async function open(opener: Opener, file: Uint8Array): Promise<Uint8Array> {
  const { armor, Decrypter } = await import('./age-library.js');
  const decrypter = new Decrypter();
  try {
    if (opener.kind === 'passphrase') decrypter.addPassphrase(opener.passphrase.reveal());
    else for (const line of identitiesIn(opener.text)) decrypter.addIdentity(line);
    const text = Buffer.from(file).toString('latin1');
    return await quietly(() => decrypter.decrypt(text.startsWith(ARMOR) ? armor.decode(text) : file));
  } catch {
    // Whatever the library says may hold a part of what it was given.
    throw new BenchError(
      'key-not-opened',
      opener.kind === 'passphrase'
        ? 'The passphrase does not open it. Nothing was changed.'
        : 'None of the identities opens it. Nothing was changed.',
      { suggestions: ['Try again; nothing is lost by that.'] },
    );
  }
}

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';

export function isAge(file: Uint8Array): boolean {
  const start = Buffer.from(file.subarray(0, ARMOR.length)).toString('latin1');
  return start === ARMOR || start.startsWith('age-encryption.org/');
}

function identitiesIn(text: Secret): string[] {
  return text
    .reveal()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** @throws UsageError `recipient-invalid` for what is no public key of age's */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  if (recipients.length > 0) await sealFor({ kind: 'recipients', recipients }, new Uint8Array());
}

function recipientInvalid(recipient: string, cause: unknown): UsageError {
  // A secret key that was given by mistake must not be printed.
  const shown = /^age1[a-z0-9]+$/i.test(recipient) ? `${recipient.slice(0, 20)}…` : 'One of the recipients';
  return new UsageError('recipient-invalid', `${shown} is no public key of age. Nothing was changed.`, {
    suggestions: ['A public key begins with age1: age-keygen -y FILE prints that of an identity.'],
    cause,
  });
}

/** Node 20 warns of a part of WebCrypto that the library uses: nothing that an operator could do anything about. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const warn = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('X25519')) warn.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return await work();
  } finally {
    process.emitWarning = warn;
  }
}
