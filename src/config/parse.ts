import { isUtf8 } from 'node:buffer';
import { parse, TomlError } from 'smol-toml';

/** A bench.toml has a few kilobytes; whatever is larger than this is something else. */
export const LARGEST_FILE = 256 * 1024;
const BOM = '\ufeff';

export type Parsed =
  | { document: Record<string, unknown>; text: string }
  | { problem: { line?: number; column?: number; message: string } };

/** TOML text to an object, or the one problem that keeps it from being read. `text` is without a byte order mark. */
export function parseText(content: string | Uint8Array): Parsed {
  if (content.length > LARGEST_FILE) {
    return {
      problem: { message: `is ${content.length} bytes large; a bench.toml has at most ${LARGEST_FILE}` },
    };
  }
  if (typeof content !== 'string' && !isUtf8(content)) {
    return { problem: { ...firstBadByte(content), message: 'is not UTF-8 text' } };
  }
  const whole =
    typeof content === 'string' ? content : new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
  const text = whole.startsWith(BOM) ? whole.slice(1) : whole;
  try {
    // Other tools may hold any 64-bit integer; ours are judged by the schema.
    return { document: parse(text, { integersAsBigInt: 'asNeeded' }), text };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only the first line: the rest of the message quotes the file, which may hold passwords.
    const reason = (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    return { problem: { line: error.line, column: error.column, message: `is not valid TOML: ${reason}` } };
  }
}

function firstBadByte(content: Uint8Array): { line: number } {
  let line = 1;
  for (let start = 0; start < content.length; line++) {
    const newline = content.indexOf(0x0a, start);
    const end = newline === -1 ? content.length : newline + 1;
    if (!isUtf8(content.subarray(start, end))) break;
    start = end;
  }
  return { line };
}
