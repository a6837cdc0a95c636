import { constants, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { systemErrorCode } from '../host/files.js';
import { absolutePath } from '../names.js';
import { onOneLine } from '../printable.js';

/**
 * The absolute path of a file with a secret key of age, as `age-keygen` writes it. Its content goes nowhere.
 * @throws UsageError `identity-needed`, `identity-unreadable`, `identity-invalid`
 */
export async function requireIdentity(file: string | undefined): Promise<string> {
  if (file === undefined)
    throw new UsageError(
      'identity-needed',
      'What is in a copy only its secret key shows. Nothing was changed.',
      {
        suggestions: ['Name the file that has it: --identity FILE'],
      },
    );
  const path = resolve(file);
  if (absolutePath(path) !== undefined)
    throw new UsageError(
      'identity-invalid',
      `--identity ${onOneLine(file)} ${absolutePath(path)}. Nothing was changed.`,
    );
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LARGEST_BYTES), 0, LARGEST_BYTES, 0);
      if (/^AGE-SECRET-KEY-/m.test(buffer.toString('latin1', 0, bytesRead))) return path;
      if (
        /^(age-encryption\.org\/v1|-----BEGIN AGE ENCRYPTED FILE-----)/.test(
          buffer.toString('latin1', 0, bytesRead),
        )
      )
        throw new UsageError(
          'identity-locked',
          `${path} is encrypted itself: age would ask for a passphrase. Nothing was changed.`,
          { suggestions: [`age -d ${path} > /dev/shm/identity.txt, and remove that afterwards`] },
        );
      throw new UsageError('identity-invalid', `${path} has no secret key of age. Nothing was changed.`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof UsageError || code === undefined) throw error;
    throw new UsageError('identity-unreadable', `${path} cannot be read (${code}). Nothing was changed.`, {
      suggestions: [`ls -l ${path}`],
    });
  }
}

const LARGEST_BYTES = 64 * 1024;
