import { BenchError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import type { Signature } from './types.js';

/** `--no-act` reads only; every signature is listed, not just the one that wins (unlike blkid). */
export function wipefsArgv(path: string): [string, ...string[]] {
  return ['wipefs', '--no-act', '--json', path];
}

/** The older machine-readable form: comma-separated, and it escapes what is not plain text. */
export function wipefsParsableArgv(path: string): [string, ...string[]] {
  return ['wipefs', '--no-act', '--parsable', path];
}

/**
 * Every signature on one device. Needs root to open the device.
 * @throws CommandError when the device cannot be read; BenchError `unexpected-output`.
 */
export async function readSignatures(runner: Runner, path: string): Promise<Signature[]> {
  try {
    const result = await runner.run({ argv: wipefsArgv(path), privileged: true });
    return parseWipefsJson(result.stdout);
  } catch (error) {
    // util-linux before 2.31 has no --json.
    if (!(error instanceof CommandError) || !/unrecognized option '--json'/.test(error.result.stderr))
      throw error;
    const result = await runner.run({ argv: wipefsParsableArgv(path), privileged: true });
    return parseWipefsParsable(result.stdout);
  }
}

/** util-linux 2.31 to 2.33 print nothing at all for a device without signatures. */
export function parseWipefsJson(stdout: string): Signature[] {
  if (stdout.trim() === '') return [];
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch (cause) {
    throw unexpected(stdout, cause);
  }
  const rows = (document as { signatures?: unknown } | null)?.signatures;
  if (!Array.isArray(rows)) throw unexpected(stdout);
  return rows.map((row: Record<string, unknown> | null) => {
    if (typeof row?.type !== 'string') throw unexpected(stdout);
    return {
      type: row.type,
      offset: String(row.offset ?? ''),
      label: typeof row.label === 'string' ? row.label : null,
      uuid: typeof row.uuid === 'string' ? row.uuid : null,
    };
  });
}

/**
 * `offset,uuid,label,type` for each signature; nothing when there is none. Releases before 2.31 print a heading
 * first and write blanks as `\x20`.
 */
export function parseWipefsParsable(stdout: string): Signature[] {
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [offset, uuid, label, type, ...rest] = line.split(',').map(decode);
    if (offset === undefined || !type || rest.length > 0) throw unexpected(stdout);
    return { type, offset, label: label || null, uuid: uuid || null };
  });
}

function decode(field: string): string {
  return field.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unexpected(stdout: string, cause?: unknown): BenchError {
  return new BenchError('unexpected-output', `wipefs printed something unknown: ${stdout.slice(0, 200)}`, {
    command: ['wipefs', '--no-act'],
    ...(cause === undefined ? {} : { cause }),
  });
}
