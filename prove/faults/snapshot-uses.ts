import type { Guest } from '../../guest/guest.js';
import type { SnapshotList } from '../../src/snapshot/snapshot-orchestrator.js';
import { benchJson, sql } from '../../test/guest/product.js';
import { expectSame, requireContent, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const FILE = "'/srv/benches/shop/sites/file 1'";
/** What an extraction in place has put aside of it. */
const ASIDE = '/srv/benches/shop/sites/file\\ 1.*';

/** Whatever was cut off: what ran out of sight is gone once the next one has ended. */
async function requireNothingOutOfSight(guest: Guest): Promise<void> {
  const left =
    await guest.survey(`zfs list -H -o name -r bench-pool/_scratch | tail -n +2; ls -A /run/bench/scratch 2>/dev/null
    systemctl list-units --all --no-legend 'bench-scratch-*'`);
  expectSame('what is left out of sight', left, '');
}

/** What `newer` has of them, whichever rows are there. */
const NEWER_ROWS = `CREATE TABLE IF NOT EXISTS app.orders (id INT PRIMARY KEY, note VARCHAR(100));
  REPLACE INTO app.orders SELECT seq, CONCAT('order ', seq) FROM app.seq_1_to_5000; REPLACE INTO app.orders VALUES (9001, 'newer')`;

/** No replacement was made, or it is taken back. */
async function takeBack(guest: Guest): Promise<void> {
  await sql(
    guest,
    'shop',
    `DROP DATABASE IF EXISTS app__restored; DROP TABLE IF EXISTS app.orders__before; ${NEWER_ROWS}`,
  );
}

/** A change that fails, after it has destroyed something. */
const FAILING =
  'mariadb --socket=/run/mysqld/mysqld-shop.sock app -e "DROP TABLE IF EXISTS orders"; rm -f sites/link; exit 7';

/** No change is under way, no copy is kept, and none of their snapshots is left. */
async function clearGuard(guest: Guest): Promise<void> {
  // What a change that was cut off has brought back is what was there before.
  await guest.run(['bench', 'guard', '--undo=now', '-b', 'shop', '--yes'], {
    check: false,
    timeoutMs: 280_000,
  });
  await guest.run(['bench', 'volume', 'undo-restore', '-b', 'shop', '--discard', '--yes'], { check: false });
  await guest.sh(
    'for left in $(zfs list -H -t snapshot -o name bench-pool/shop | grep @guard-); do zfs destroy "$left"; done',
  );
}

async function requireGood(guest: Guest): Promise<void> {
  await guest.sh("zfs list -H -t snapshot -o name | grep -q '@good$'");
}

async function isSettled(guest: Guest): Promise<boolean> {
  return (await guest.sh('test -e /var/lib/bench/shop/guard.json', { check: false })).exitCode !== 0;
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
        await guest.sh(`rm -rf ${ASIDE}; touch ${FILE}`);
      },
      intact: async (guest) => {
        await guest.sh(`test -e ${FILE} || ls ${ASIDE}`);
        await sql(guest, 'shop', 'SET lock_wait_timeout = 5; INSERT INTO app.probe VALUES (NOW())');
      },
      done: async (guest) => {
        await guest.sh(`cmp ${FILE} '/bench-pool/shop/.zfs/snapshot/good/benches/sites/file 1'
          [ "$(stat -c %Y ${FILE})" = "$(stat -c %Y '/bench-pool/shop/.zfs/snapshot/good/benches/sites/file 1')" ]
          rm -rf ${ASIDE}`);
      },
    },
    {
      ...common,
      title: 'volume extract --replace',
      argv: [
        ...['volume', 'extract', 'good', '--database', 'app', '--table', 'orders', '--replace', '--yes'],
        ...['-b', 'shop'],
      ],
      prepare: async (guest) => {
        await takeBack(guest);
      },
      // At each moment one of the two is there by its name; the older one is the one of the snapshot.
      intact: async (guest) => {
        const [rows, before] = (
          await sql(
            guest,
            'shop',
            `SELECT COUNT(*) FROM app.orders;
             SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' AND TABLE_NAME = 'orders__before'`,
          )
        ).split('\n');
        expectSame(
          'rows, and whether older ones are kept',
          [rows, before],
          before === '0' ? ['5001', '0'] : ['5000', '1'],
        );
        await sql(guest, 'shop', 'SET lock_wait_timeout = 5; INSERT INTO app.probe VALUES (NOW())');
      },
      done: async (guest) => {
        const counts = await sql(
          guest,
          'shop',
          'SELECT COUNT(*) FROM app.orders; SELECT COUNT(*) FROM app.orders__before; SHOW DATABASES LIKE "app__restored"',
        );
        expectSame('rows', counts, '5000\n5001');
        await requireNothingOutOfSight(guest);
        await takeBack(guest);
      },
      doneAlready: 'An earlier replacement is still kept',
    },
    {
      ...common,
      title: 'volume extract --dump',
      argv: [
        'volume',
        'extract',
        'good',
        '--database',
        'app',
        '--dump',
        '/root/dumped/app.sql',
        '-b',
        'shop',
      ],
      prepare: async (guest) => {
        await guest.sh('rm -rf /root/dumped; mkdir /root/dumped');
      },
      done: async (guest) => {
        const { stdout } = await guest.sh(
          "cd /root/dumped; ls -A; stat -c %a app.sql; grep -o 'order [0-9]*' app.sql | wc -l",
        );
        expectSame('the dump', stdout, 'app.sql\n600\n5000\n');
        await requireNothingOutOfSight(guest);
      },
      doneAlready: 'exists already',
    },
    {
      ...common,
      title: 'guard that fails',
      argv: ['guard', '-b', 'shop', '--', 'sh', '-c', FAILING],
      again: ['guard', '--resume', '-b', 'shop', '--yes'],
      prepare: clearGuard,
      intact: requireGood,
      // 0 only where it was cut off before the command ran.
      done: (guest) => requireContent(guest, newer),
      doneAlready: 'No guarded change',
      exits: [10, 11],
      isOver: isSettled,
    },
    {
      ...common,
      title: 'guard',
      argv: ['guard', '-b', 'shop', '--', 'true'],
      again: ['guard', '--resume', '-b', 'shop', '--yes'],
      prepare: clearGuard,
      intact: requireGood,
      done: (guest) => requireContent(guest, newer),
      doneAlready: 'No guarded change',
      // 10: it counts as failed, and was undone.
      exits: [10, 11],
      isOver: isSettled,
    },
  ];
}
