import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Until a host that does not answer counts as out of reach. */
const CONNECT_SECONDS = 8;
/** A connection stays open for what comes next, in seconds. */
const PERSIST_SECONDS = 60;

/** Where the sockets of connections lie that are kept: of whoever runs this alone. */
export async function controlDirectory(): Promise<string> {
  const runtime =
    process.geteuid?.() === 0
      ? '/run/bench/fleet'
      : join(process.env.XDG_RUNTIME_DIR ?? `/tmp/bench-fleet-${process.geteuid?.()}`, 'bench-fleet');
  await mkdir(runtime, { recursive: true, mode: 0o700 });
  return runtime;
}

/**
 * ssh to a host of the fleet: with the keys of whoever runs this, to a host whose key is known. One connection a host, in
 * which each command is a session.
 */
export function sshArgv(address: string, control: string, line: string): [string, ...string[]] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    // A line that was cut is noticed within these.
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'ControlMaster=auto',
    `ControlPath=${control}/%C`,
    `ControlPersist=${PERSIST_SECONDS}`,
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    'LogLevel=ERROR',
  ].flatMap((option) => ['-o', option]);
  const user = address.includes('@') ? [] : ['-l', 'root'];
  return ['ssh', '-T', ...options, ...user, '--', address, line];
}

/**
 * A line for the shell of the other host that runs a program and ends it when a byte comes, or the connection ends: what
 * was started does not outlive who has started it. Whatever login shell root has, sh reads it.
 */
export function remoteLine(argv: readonly string[]): string {
  const command = argv.map(quoted).join(' ');
  const script = [
    'exec 3<&0',
    `${command} </dev/null 3<&- & p=$!`,
    '{ head -c1 <&3; kill -TERM $p; } >/dev/null 2>&1 & w=$!',
    'wait $p; r=$?; kill $w 2>/dev/null; exit $r',
  ].join('\n');
  return `exec sh -c ${quoted(script)}`;
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
