import { UsageError } from '../errors.js';

const LARGEST_BYTES = 1024 * 1024;

/**
 * Standard input to its end, as a text.
 * @throws UsageError `input-invalid` for more than a megabyte
 */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > LARGEST_BYTES)
      throw new UsageError('input-invalid', 'What comes on standard input is too much. Nothing was changed.');
  }
  return Buffer.concat(chunks).toString('utf8');
}
