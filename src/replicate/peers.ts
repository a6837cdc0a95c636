import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { VolumeError } from '../errors.js';
import { readText } from '../host/files.js';
import type { Step } from '../steps/steps.js';
import { authorizedLine, publicKey, withAuthorized, withHostKeys } from './authorized.js';
import { hostOf, KEY, KNOWN_HOSTS } from './names.js';

/** What a host tells of itself so that another one knows it again, and takes its key. */
export interface Introduction {
  /** How the other host calls it. */
  name: string;
  key: string;
  hostKeys: string[];
}

/** In a plan, for the key that is made when it is carried out. */
export const NEW_KEY = 'ssh-ed25519 (made then)';

/** Makes this host's key where there is none. */
export async function planKey(hostname: string): Promise<Step[]> {
  if ((await readText(`${KEY}.pub`)) !== undefined) return [];
  return [{ kind: 'key.create', path: KEY, comment: `bench-replicate@${hostname}` }];
}

/** What this host says of itself; with a key that is still to be made, a word in its place. */
export async function introduceAs(name: string): Promise<Introduction> {
  const key = publicKey((await readText(`${KEY}.pub`)) ?? '');
  return { name, key: key ?? NEW_KEY, hostKeys: await ownHostKeys() };
}

/** @throws VolumeError `sshd-missing` */
async function ownHostKeys(): Promise<string[]> {
  const names = await readdir('/etc/ssh').catch(() => []);
  const keys: string[] = [];
  for (const name of names.filter((each) => /^ssh_host_.*_key\.pub$/.test(each)).sort()) {
    const key = publicKey((await readText(join('/etc/ssh', name))) ?? '');
    if (key !== undefined) keys.push(key);
  }
  if (keys.length > 0) return keys;
  throw new VolumeError(
    'sshd-missing',
    'This host has no keys of an SSH server: no other one could reach it.',
    {
      suggestions: ['apt-get install openssh-server'],
    },
  );
}

/** Pins the keys of another host, and takes its key for the verbs of replication alone. */
export async function planPeer(
  { name, key, hostKeys }: Introduction,
  { program, target }: { program: string; target: string },
): Promise<Step[]> {
  const steps: Step[] = [];
  const write = async (path: string, change: (text: string) => string, purpose: string) => {
    const before = (await readText(path)) ?? '';
    const content = change(before);
    if (content !== before) steps.push({ kind: 'file.write', path, content, purpose });
  };
  const host = hostOf(name);
  await write(KNOWN_HOSTS, (text) => withHostKeys(text, host, hostKeys), `the keys that ${host} is known by`);
  const line = authorizedLine({ program, from: host, target, key });
  await write(
    join(homedir(), '.ssh/authorized_keys'),
    (text) => withAuthorized(text, host, line),
    `the key of ${host} may say the verbs of replication, for copies below ${target}, and nothing else`,
  );
  return steps;
}
