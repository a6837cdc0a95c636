import type { Guest } from '../../guest/guest.js';
import type { SnapshotList } from '../../src/snapshot/snapshot-orchestrator.js';
import { benchJson, sql } from '../../test/guest/product.js';
import { expectSame, requireContent, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const FILE = "'/srv/benches/shop/sites/file 1'";

/** Whatever was cut off: what ran out of sight is gone once the next one has ended. */
async function requireNothingOutOfSight(guest: Guest): Promise<void> {
  const left =
    await guest.survey(`zfs list -H -o name -r bench-pool/_scratch | tail -n +2; ls -A /run/bench/scratch 2>/dev/null
    systemctl list-units --all --no-legend 'bench-scratch-*'`);
  expectSame('what is left out of sight', left, '');
}

/** What uses a snapshot, and changes nothing of the bench but what was asked for. */
export function snapshotUses({ newer }: Scene): Operation[] {
  const common = {
    bench: 'shop',
    cases: 'chain',
    intact: (guest: Guest) => requireContent(guest, newer),
  } as const;
  return [
    {
      ...common,
      title: 'volume verify',
      argv: ['volume', 'verify', 'good', '--quick', '-b', 'shop'],
      prepare: async (guest) => {
        await guest.run(['zfs', 'inherit', 'bench:verified', 'bench-pool/shop@good']);
      },
      done: async (guest) => {
        const { snapshots } = await benchJson<SnapshotList>(guest, [
          ...['volume', 'list-snapshots'],
          ...['-b', 'shop'],
        ]);
        expectSame('the verdict', snapshots.find(({ tag }) => tag === 'good')?.verified?.verdict, 'ok');
        await requireNothingOutOfSight(guest);
      },
    },
    {
      ...common,
      title: 'volume extract --database',
      argv: ['volume', 'extract', 'good', '--database', 'app', '--as', 'app_good', '-b', 'shop'],
      prepare: async (guest) => {
        await sql(guest, 'shop', 'DROP DATABASE IF EXISTS app_good');
      },
      done: async (guest) => {
        expectSame('rows', await sql(guest, 'shop', 'SELECT COUNT(*) FROM app_good.orders'), '5000');
        await requireNothingOutOfSight(guest);
      },
      doneAlready: 'There is a database app_good already',
    },
    {
      ...common,
      title: 'volume extract --in-place',
      argv: [
        ...['volume', 'extract', 'good', '--file', 'sites/file 1', '--in-place', '--yes'],
        ...['-b', 'shop'],
      ],
      // The file is the same in the snapshot, so that the bench is what it was; that it came from there, its age tells.
      prepare: async (guest) => {
        await guest.sh(`rm -rf /srv/benches/shop/sites/file\\ 1?*; touch ${FILE}`);
      },
      intact: async (guest) => {
        await guest.sh(`test -e ${FILE} || ls /srv/benches/shop/sites/file\\ 1?*`);
        await sql(guest, 'shop', 'SET lock_wait_timeout = 5; INSERT INTO app.probe VALUES (NOW())');
      },
      done: async (guest) => {
        await guest.sh(`cmp ${FILE} '/bench-pool/shop/.zfs/snapshot/good/benches/sites/file 1'
          [ "$(stat -c %Y ${FILE})" = "$(stat -c %Y '/bench-pool/shop/.zfs/snapshot/good/benches/sites/file 1')" ]`);
      },
    },
    {
      ...common,
      title: 'guard',
      argv: ['guard', '-b', 'shop', '--', 'true'],
      again: ['guard', '--resume', '-b', 'shop', '--yes'],
      prepare: async (guest) => {
        // What a change that was cut off has brought back is what was there before.
        await guest.run(['bench', 'guard', '--undo=now', '-b', 'shop', '--yes'], {
          check: false,
          timeoutMs: 280_000,
        });
        await guest.run(['bench', 'volume', 'undo-restore', '-b', 'shop', '--discard', '--yes'], {
          check: false,
        });
      },
      intact: async (guest) => {
        await guest.sh("zfs list -H -t snapshot -o name | grep -q '@good$'");
      },
      done: (guest) => requireContent(guest, newer),
      doneAlready: 'No guarded change',
      // 10: it counts as failed, and was undone.
      exits: [10, 11],
    },
  ];
}
