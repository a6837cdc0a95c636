import { expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import type { SnapshotResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import { benchJson, sql } from '../product.js';
import { type Checked, checkClone, startTransfers, stopTransfers } from './transfers-under-load.js';

const METHODS = ['backup-stage', 'read-lock'] as const;
const snapshotOf = (tag: string) => `bench-pool/shop@${tag}`;

/**
 * The proof that a snapshot is one moment of files and database: `count` snapshots by each method while transfers run
 * at full speed, each looked at in a clone with a MariaDB of its own.
 */
export function snapshotsAreConsistent(guest: () => Guest, count: number): void {
  const tags = METHODS.flatMap((method) => Array.from({ length: count }, (_, n) => `${method}-${n}`));

  test('a bench on which money is moved and files are written at full speed', async () => {
    // Emulated, and beside the load, bench itself takes its time to connect.
    await guest().run(['bench', 'config', 'set', 'snapshot.lock_timeout', '60s', '-b', 'shop']);
    await startTransfers(guest(), 4);
  });

  test.each(METHODS)(`%s: ${count} snapshots under load`, async (method) => {
    await guest().run(['bench', 'config', 'set', 'snapshot.lock', method, '-b', 'shop']);
    for (let n = 0; n < count; n++) {
      const args = ['volume', 'snapshot', '-b', 'shop', '--tag', `${method}-${n}`];
      const taken = await benchJson<SnapshotResult>(guest(), args);
      expect(taken.quiesce).toBe(method);
      console.log(`${taken.tag}: lock had after ${taken.lockWaitMs} ms, held ${taken.lockHeldMs} ms`);
    }
  });

  test('the load went on all the time', async () => {
    await guest().run(['zfs', 'snapshot', snapshotOf('unlocked')]);
    const transfers = await stopTransfers(guest());
    expect(transfers).toBe(Number(await sql(guest(), 'shop', 'SELECT COUNT(*) FROM bank.transfers')));
  });

  const checked: Checked[] = [];
  test.each(tags)(
    '%s: exact sum, clean tables, every row has its file, nothing confirmed is lost',
    async (tag) => {
      const found = await checkClone(guest(), snapshotOf(tag));
      expect(found.findings).toEqual([]);
      expect(found.transfers).toBeGreaterThan(checked.at(-1)?.transfers ?? 0);
      checked.push(found);
    },
  );

  test('the check can tell: files of another moment, and a snapshot without any lock', async () => {
    const apart = await checkClone(guest(), snapshotOf(tags.at(-1) as string), snapshotOf(tags[0] as string));
    expect(apart.findings).toContainEqual(expect.stringMatching(/^transfers: \d+ rows without their file$/));
    const unlocked = await checkClone(guest(), snapshotOf('unlocked'));
    expect(unlocked.findings.join('\n')).toMatch(/bank\.plain|^plain: \d+ rows lost/m);
  });
}
