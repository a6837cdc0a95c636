import type * as z from 'zod/mini';
import { type BenchError, BusyError, RefusedError, UsageError, VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { hostOf, KEY, KNOWN_HOSTS, PROTOCOL } from './names.js';

/** Until a host that does not answer counts as out of reach. */
const CONNECT_SECONDS = 8;

/**
 * Says a verb to another host: over OpenSSH, with this host's own key, to a host whose key was pinned. ssh_config is read,
 * so a name may stand for an address, a port or a way through another host.
 */
export function peerCommand(host: string, words: readonly string[]): Command {
  const option = (setting: string) => ['-o', setting];
  return {
    argv: [
      'ssh',
      '-T',
      ...['BatchMode=yes', 'StrictHostKeyChecking=yes', `ConnectTimeout=${CONNECT_SECONDS}`].flatMap(option),
      ...[`UserKnownHostsFile=${KNOWN_HOSTS}`, 'GlobalKnownHostsFile=/dev/null'].flatMap(option),
      ...[`HostKeyAlias=${hostOf(host)}`, 'UpdateHostKeys=no', 'CheckHostIP=no'].flatMap(option),
      ...[`IdentityFile=${KEY}`, 'IdentitiesOnly=yes', 'IdentityAgent=none'].flatMap(option),
      ...['PreferredAuthentications=publickey', 'ClearAllForwardings=yes', 'ForwardAgent=no'].flatMap(option),
      // A line that was cut is given up after a minute.
      ...['ServerAliveInterval=15', 'ServerAliveCountMax=4', 'ControlPath=none', 'LogLevel=ERROR'].flatMap(
        option,
      ),
      ...(host.includes('@') ? [] : ['-l', 'root']),
      '--',
      host,
      ['bench-replicate', PROTOCOL, ...words].join(' '),
    ],
    privileged: true,
  };
}

export interface Asking {
  input?: string;
  timeoutMs?: number;
}

/**
 * What another host answers to a verb.
 * @throws VolumeError `peer-unreachable`, `peer-answer`; RefusedError `host-key-changed`, `peer-denies`; and what that
 *   host itself refuses, with its own code
 */
export async function askPeer<T>(
  runner: Runner,
  host: string,
  words: readonly string[],
  schema: z.ZodMiniType<T>,
  { input, timeoutMs = 60_000 }: Asking = {},
): Promise<T> {
  const command = { ...peerCommand(host, words), timeoutMs, ...(input === undefined ? {} : { input }) };
  try {
    const { stdout } = await runner.run(command);
    return understood(host, stdout, schema);
  } catch (error) {
    throw peerError(host, error);
  }
}

export function understood<T>(host: string, stdout: string, schema: z.ZodMiniType<T>): T {
  try {
    return schema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new VolumeError(
      'peer-answer',
      `${host} gave an answer that this bench does not understand: ${onOneLine(stdout.slice(0, 200))}`,
      { suggestions: [`Is the same version of bench on both hosts? On ${host}: bench --version`], cause },
    );
  }
}

/** What has gone wrong with a verb, as far as ssh or the other host say it. */
export function peerError(host: string, error: unknown): unknown {
  if (!(error instanceof CommandError) || !error.result.argv.includes('ssh')) return error;
  const { exitCode, stdout, stderr, signal } = error.result;
  const told = failureIn(stdout);
  if (told !== undefined) return toldBy(host, told, exitCode, error);
  const details = { command: error.result.argv, stderr, cause: error };
  if (
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known/.test(
      stderr,
    )
  )
    return new RefusedError(
      'host-key-changed',
      `${host} does not have the host key that was pinned when it was set up: it may be another machine.`,
      { ...details, suggestions: [`Only if its key was changed on purpose: bench replicate setup ${host}`] },
    );
  if (/Permission denied/.test(stderr))
    return new RefusedError('peer-denies', `${host} does not take the key of this host.`, {
      ...details,
      suggestions: [`bench replicate setup ${host}`],
    });
  if (exitCode === 255 || signal !== undefined || exitCode === -1)
    return new VolumeError('peer-unreachable', `${host} cannot be reached, or the connection was cut.`, {
      ...details,
      suggestions: [`ssh ${host}`],
    });
  return error;
}

export interface Told {
  code: string;
  message: string;
  suggestions: string[];
}

export function failureIn(stdout: string): Told | undefined {
  try {
    const { error } = JSON.parse(stdout) as { error?: Partial<Told> };
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return undefined;
    const suggestions = Array.isArray(error.suggestions) ? error.suggestions.map(String) : [];
    return { code: error.code, message: error.message, suggestions };
  } catch {
    return undefined;
  }
}

/** With the meaning of its exit code (SPEC section 5). */
export function toldBy(
  host: string,
  { code, message, suggestions }: Told,
  exitCode: number,
  cause: unknown,
): BenchError {
  const details = { suggestions: suggestions.map((each) => `On ${host}: ${onOneLine(each)}`), cause };
  const text = `${host} says: ${onOneLine(message)}`;
  const name = /^[a-z][a-z-]{0,60}$/.test(code) ? code : 'peer-answer';
  if (exitCode === 2) return new UsageError(name, text, details);
  if (exitCode === 3) return new RefusedError(name, text, details);
  if (exitCode === 4) return new BusyError(name, text, details);
  return new VolumeError(name, text, details);
}
