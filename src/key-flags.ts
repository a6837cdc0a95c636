import { readFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { UsageError } from './errors.js';
import { type EscrowWish, Secret } from './keys/keys.js';
import { askSecret, canAsk } from './output/prompt.js';

/** What commands can be told of the copy of a key, for the day when this host is gone. */
export const escrowFlags = {
  escrow: Flags.string({
    summary: 'Export the key of an encrypted bench to this file, which you then keep elsewhere',
    helpValue: 'FILE',
  }),
  recipient: Flags.string({
    summary: 'Who can open the export: a public key of age; may be repeated; else a passphrase is asked for',
    helpValue: 'age1…',
    multiple: true,
    default: [],
  }),
  'no-escrow': Flags.boolean({
    summary: 'Export no key: you keep a copy yourself',
    exclusive: ['escrow', 'recipient'],
  }),
};

export const passphraseFlags = {
  'passphrase-file': Flags.string({
    summary: 'Take the passphrase from the first line of this file instead of asking for it',
    helpValue: 'FILE',
  }),
};

export interface EscrowFlags {
  escrow?: string | undefined;
  recipient: string[];
  'no-escrow': boolean;
  'passphrase-file'?: string | undefined;
}

const SHORTEST = 8;

/**
 * A passphrase: of the file, or asked for on a terminal; undefined where there is neither.
 * @param isNew it is to open something later, so it is asked for twice
 * @throws UsageError `passphrase-file-invalid`, `passphrase-too-short`, `passphrase-differs`
 */
export async function passphraseFrom(
  flags: { 'passphrase-file'?: string | undefined },
  { json, what, isNew }: { json: boolean; what: string; isNew: boolean },
): Promise<Secret | undefined> {
  const file = flags['passphrase-file'];
  if (file !== undefined) return checked(await firstLine(file), isNew);
  if (!canAsk(json)) return undefined;
  const typed = await askSecret(`Passphrase for ${what}: `);
  if (isNew && (await askSecret('The same again: ')) !== typed)
    throw new UsageError('passphrase-differs', 'The two are not the same. Nothing was changed.');
  return checked(typed, isNew);
}

function checked(text: string, isNew: boolean): Secret {
  if (isNew && text.length < SHORTEST)
    throw new UsageError(
      'passphrase-too-short',
      `A passphrase has at least ${SHORTEST} characters. Nothing was changed.`,
    );
  return new Secret(text);
}

async function firstLine(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new UsageError(
      'passphrase-file-invalid',
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code}). Nothing was changed.`,
      { cause },
    );
  }
}

/**
 * What is to become of a copy of the key; undefined where nothing was said.
 * @param passphrase where the copy is for no recipient
 * @throws UsageError `wrong-usage`
 */
export function escrowWish(flags: EscrowFlags, passphrase: Secret | undefined): EscrowWish | undefined {
  const { escrow: path, recipient: recipients } = flags;
  if (flags['no-escrow']) return { kind: 'none' };
  if (path === undefined) {
    if (recipients.length === 0) return undefined;
    throw new UsageError('wrong-usage', '--recipient goes with --escrow FILE. Nothing was changed.');
  }
  if (recipients.length > 0) return { kind: 'file', path, readers: { kind: 'recipients', recipients } };
  if (passphrase !== undefined) return { kind: 'file', path, readers: { kind: 'passphrase', passphrase } };
  throw new UsageError(
    'wrong-usage',
    'The export needs somebody who can open it: --recipient age1…, or a passphrase. Nothing was changed.',
    { suggestions: ['--passphrase-file FILE, where there is no terminal to type it on.'] },
  );
}
