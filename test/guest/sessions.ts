import { expect } from 'vitest';
import type { Guest } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';
import { sql } from './product.js';

const CLIENT = 'mariadb --socket=/run/mysqld/mysqld-shop.sock --skip-column-names --unbuffered';

/** A connection to the instance `shop`, open until it is ended. */
export interface OpenSession {
  /** The server's id of it. */
  id: number;
  end(): Promise<void>;
}

/** Runs the statements on a connection of its own, which then stays open. The last of them may take its time. */
export async function openSession(
  guest: Guest,
  { done = '', last = '', as = CLIENT }: { done?: string; last?: string; as?: string },
): Promise<OpenSession> {
  const statements = `${done}; SELECT CONCAT('id ', CONNECTION_ID()); ${last}`.replace(/^; /, '');
  const { stdout } = await guest.sh(`out=$(mktemp); export statements=${quote(statements)}
    setsid bash -c '(echo "$statements"; exec sleep 3000) | ${as}' > $out 2>&1 < /dev/null & group=$!
    until grep -q '^id ' $out; do kill -0 $group; sleep 0.2; done
    echo $group; sed -n 's/^id //p' $out`);
  const [group, id] = stdout.trim().split('\n').map(Number);
  if (last !== '') {
    const running = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE id = ${id} AND info <> ''`;
    await untilSql(guest, running, '1');
  }
  // The server looks only now and then whether the client of a running statement is still there.
  const kill = `${CLIENT} -e 'KILL ${id}' || true; kill -- -${group}`;
  return { id: id ?? 0, end: async () => void (await guest.sh(kill)) };
}

/** Waits until the query answers so. */
export async function untilSql(guest: Guest, query: string, answer: string): Promise<void> {
  await expect.poll(() => sql(guest, 'shop', query), { timeout: 120_000, interval: 300 }).toBe(answer);
}

/** The locks by which a snapshot, or what it waits for, holds others up. */
export const BACKUP_LOCKS =
  "SELECT COUNT(*) FROM information_schema.METADATA_LOCK_INFO WHERE lock_type = 'Backup lock'";

/** Nobody holds or waits for such a lock any more, and a write commits at once. */
export async function expectNoLock(guest: Guest): Promise<void> {
  await untilSql(guest, BACKUP_LOCKS, '0');
  await sql(guest, 'shop', 'SET lock_wait_timeout = 2; INSERT INTO app.orders VALUES (NULL, NULL)');
}
