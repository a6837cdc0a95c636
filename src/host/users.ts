import { RefusedError, UsageError } from '../errors.js';
import { userName } from '../names.js';
import { onOneLine } from '../printable.js';
import type { Runner } from './exec.js';

/** Owner of a file or directory. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Whether the host knows a user, by whatever its name service asks (getent(1)): not only /etc/passwd. */
export async function findUser(runner: Runner, name: string): Promise<{ uid: number } | undefined> {
  const uid = (await findUsers(runner, [name])).get(name);
  return uid === undefined ? undefined : { uid };
}

/** User → number, of those of these names that the host knows; one process for all, none for none. */
export async function findUsers(runner: Runner, names: readonly string[]): Promise<Map<string, number>> {
  const legal = names.filter((name) => userName(name) === undefined);
  if (legal.length === 0) return new Map();
  // 2: it does not know one of them; the others are printed all the same.
  const { stdout } = await runner.run({ argv: ['getent', 'passwd', ...legal], okExitCodes: [0, 2] });
  const entries = stdout.split('\n').map((line) => line.split(':'));
  return new Map(
    entries.flatMap(([name = '', , uid]) =>
      legal.includes(name) && uid !== undefined ? [[name, Number(uid)] as const] : [],
    ),
  );
}

/**
 * Whom files are to belong to, by name: a user with its own group.
 * @throws UsageError `owner-unknown`
 */
export async function requireOwner(runner: Runner, name: string): Promise<Owner> {
  const wrong = userName(name);
  // 2: no such user.
  const { stdout } =
    wrong === undefined
      ? await runner.run({ argv: ['getent', 'passwd', name], okExitCodes: [0, 2] })
      : { stdout: '' };
  const [found, , uid, gid] = stdout.split(':');
  if (found === name && uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new UsageError('owner-unknown', `This host has no user ${onOneLine(name)}. Nothing was changed.`, {
    suggestions: ['getent passwd'],
  });
}

/**
 * The name of a user by its number, as a program is to be run by it.
 * @param file what belongs to that user, for the message
 * @throws RefusedError `owner-unknown`
 */
export async function requireUserOf(runner: Runner, uid: number, file: string): Promise<string> {
  const { stdout } = await runner.run({ argv: ['getent', 'passwd', String(uid)], okExitCodes: [0, 2] });
  const [name, , found] = stdout.split(':');
  if (name !== undefined && Number(found) === uid && userName(name) === undefined) return name;
  throw new RefusedError(
    'owner-unknown',
    `${file} belongs to the user ${uid}, whom this host does not know. Nothing was changed.`,
    { suggestions: [`Give it to a user of this host: chown NAME ${file}`] },
  );
}

/**
 * Who has called sudo (sudo(8), "ENVIRONMENT"); undefined for root, and where name and number do not belong together:
 * then they come from somewhere else.
 */
export async function sudoCaller(
  runner: Runner,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const { SUDO_USER: name, SUDO_UID: uid } = env;
  if (name === undefined || uid === undefined || Number(uid) === 0) return undefined;
  const user = await findUser(runner, name);
  return user !== undefined && user.uid === Number(uid) ? name : undefined;
}
