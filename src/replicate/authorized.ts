import { formatArgv } from '../host/exec.js';

/** By its comment a line is known as one of ours, and of which host. */
const comment = (host: string) => `bench-replicate:${host}`;

/** What a key of another host is good for here. */
export interface Authorization {
  /** The program of bench, by an absolute path. */
  program: string;
  /** How this host calls the other one. */
  from: string;
  target: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  key: string;
}

/** One line of authorized_keys (sshd(8)): the key starts one program and nothing else, without a terminal or a tunnel. */
export function authorizedLine({ program, from, target, key }: Authorization): string {
  const command = formatArgv([program, 'replicate', 'serve', '--json', '--from', from, '--target', target]);
  return `restrict,command="${command.replace(/["\\]/g, '\\$&')}" ${key} ${comment(from)}`;
}

/** The file with this line in the place of what was there for that host; every other byte stays. Pure. */
export function withAuthorized(text: string, host: string, line: string): string {
  return withLine(text, (each) => each.endsWith(` ${comment(host)}`), [line]);
}

/** The pinned keys of a host (sshd(8), `SSH_KNOWN_HOSTS`), in the place of those before. Pure. */
export function withHostKeys(text: string, host: string, keys: readonly string[]): string {
  return withLine(
    text,
    (each) => each.startsWith(`${host} `),
    keys.map((key) => `${host} ${key}`),
  );
}

function withLine(text: string, isOld: (line: string) => boolean, lines: readonly string[]): string {
  const kept = text.split('\n').filter((each) => !isOld(each));
  if (kept.at(-1) === '') kept.pop();
  return [...kept, ...lines, ''].join('\n');
}

/** `type key` of a public key's file, without its comment; undefined for what is none. */
export function publicKey(text: string): string | undefined {
  return /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]{20,2000}={0,3})(?:[ \t][^\n]*)?$/.exec(
    text.trim(),
  )?.[1];
}
