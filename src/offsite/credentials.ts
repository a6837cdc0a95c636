import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { exists, systemErrorCode } from '../host/files.js';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

const LARGEST_BYTES = 64 * 1024;
const PREFIX = 'credential:';

/** The name of a credential of systemd; undefined for a file. */
export function credentialName(source: string): string | undefined {
  return source.startsWith(PREFIX) ? source.slice(PREFIX.length) : undefined;
}

/**
 * The key of the store, from the file that bench.toml names, or from systemd: for a service from its credentials
 * (systemd.exec(5)), by hand from where those come from.
 * @throws RefusedError `credentials-open` where others may read it; UsageError `credentials-missing`,
 *   `credentials-unreadable`, `credentials-invalid`: no message repeats what is in it
 */
export async function readCredentials(source: string, runner: Runner): Promise<Credentials> {
  const name = credentialName(source);
  if (name === undefined) return parseCredentials(await readOwnFile(source), source);
  const given = process.env.CREDENTIALS_DIRECTORY;
  if (given !== undefined && (await exists(join(given, name))))
    return parseCredentials(await readText(join(given, name)), source);
  for (const directory of ['/etc/credstore', '/run/credstore'])
    if (await exists(join(directory, name)))
      return parseCredentials(await readOwnFile(join(directory, name)), source);
  for (const directory of ['/etc/credstore.encrypted', '/run/credstore.encrypted']) {
    const path = join(directory, name);
    if (!(await exists(path))) continue;
    const argv = ['systemd-creds', 'decrypt', `--name=${name}`, path, '-'] as const;
    return parseCredentials((await runner.run({ argv: [...argv], privileged: true })).stdout, source);
  }
  throw new UsageError(
    'credentials-missing',
    `There is no credential ${name} of systemd. Nothing was changed.`,
    {
      suggestions: [
        `systemd-creds encrypt --name=${name} FILE /etc/credstore.encrypted/${name}`,
        'docs/offsite.md, "The key of the store"',
      ],
    },
  );
}

async function readOwnFile(path: string): Promise<string> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const { mode, uid, size } = await handle.stat();
      const others = (mode & 0o077) !== 0;
      if (others || (uid !== 0 && uid !== process.geteuid?.())) {
        throw new RefusedError(
          'credentials-open',
          `${path} holds the key of the store, and ${others ? 'others than its owner may open it' : 'belongs to another user'}. Nothing was changed.`,
          { suggestions: [`chown root: ${path}`, `chmod 600 ${path}`] },
        );
      }
      if (size > LARGEST_BYTES) throw invalid(path, `is ${size} bytes large`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (error instanceof RefusedError || error instanceof UsageError || code === undefined) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UsageError('credentials-missing', `${path} does not exist. Nothing was changed.`, {
      suggestions: [
        '[offsite] credentials in bench.toml names it.',
        'docs/offsite.md, "The key of the store"',
      ],
    });
  return new UsageError('credentials-unreadable', `${path} cannot be read (${code}). Nothing was changed.`, {
    suggestions: ['Run it with sudo.', `ls -l ${path}`],
  });
}

async function readText(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * The file that AWS' own tools read (`AWS_SHARED_CREDENTIALS_FILE`): of its profiles `default`, or the only one. Pure.
 * @throws UsageError `credentials-invalid`
 */
export function parseCredentials(text: string, source: string): Credentials {
  const profiles = new Map<string, Map<string, string>>();
  let profile: Map<string, string> | undefined;
  for (const line of text.split('\n').map((each) => each.trim())) {
    const [, section] = /^\[([^\]]+)\]$/.exec(line) ?? [];
    const [, key, value] = /^([a-z_]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== undefined) {
      profile = new Map();
      profiles.set(section.trim(), profile);
    } else if (key !== undefined && value !== undefined) profile?.set(key, value);
    else if (line !== '' && !/^[#;]/.test(line))
      throw invalid(source, 'has a line that is none of key = value');
  }
  const chosen = profiles.get('default') ?? (profiles.size === 1 ? [...profiles.values()][0] : undefined);
  if (chosen === undefined) throw invalid(source, 'has no profile [default]');
  const of = (key: string) => chosen.get(key) ?? '';
  const [accessKeyId, secretAccessKey] = [of('aws_access_key_id'), of('aws_secret_access_key')];
  if (accessKeyId === '') throw invalid(source, 'lacks aws_access_key_id');
  if (secretAccessKey === '') throw invalid(source, 'lacks aws_secret_access_key');
  return { accessKeyId, secretAccessKey, sessionToken: of('aws_session_token') || undefined };
}

function invalid(source: string, what: string): UsageError {
  return new UsageError('credentials-invalid', `${source} ${what}. Nothing was changed.`, {
    suggestions: ['It has to be as AWS tools read it: docs/offsite.md, "The key of the store"'],
  });
}
