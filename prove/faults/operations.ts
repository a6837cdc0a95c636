import type { Guest } from '../../guest/guest.js';
import { contentOf } from '../../test/guest/product.js';
import { clearDoomed } from './drops.js';
import { becomeNewer, DATASET, expectSame, requireContent, run, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const GIB = 1024 ** 3;

async function sizes(guest: Guest): Promise<unknown> {
  const { stdout } = await guest.sh(
    `zfs get -H -p -o value quota,reservation ${DATASET}; sed -n 's/^\\(quota\\|reservation\\) = "\\(.*\\)".*/\\2/p' /srv/benches/shop/bench.toml | sort -r`,
  );
  return stdout.trim().split('\n');
}

const sized = (quota: number, reservation: number) => [
  ...[String(quota * GIB), String(reservation * GIB)],
  ...[`${quota}G`, `${reservation}G`].sort().reverse(),
];

/** The commands that change a bench which is there, and take moments. */
export function quickOperations(scene: Scene): Operation[] {
  const intact = async (guest: Guest) => requireContent(guest, scene.newer);
  const common = { bench: 'shop', cases: 'each', intact } as const;
  const hasTag = async (guest: Guest, tag: string, wanted: boolean) => {
    const { exitCode } = await guest.run(['zfs', 'list', `${DATASET}@${tag}`], { check: false });
    if ((exitCode === 0) !== wanted) throw new Error(`${tag} is ${wanted ? 'not ' : ''}there`);
  };
  return [
    {
      ...common,
      title: 'volume snapshot',
      argv: ['volume', 'snapshot', '-b', 'shop', '--tag', 'more', '--note', 'one\nmore'],
      prepare: async (guest) => {
        await guest.sh(`! zfs list ${DATASET}@more || zfs destroy ${DATASET}@more`);
      },
      done: async (guest) => {
        const { stdout } = await guest.run([
          'zfs',
          'get',
          '-H',
          '-o',
          'value',
          'bench:quiesce',
          `${DATASET}@more`,
        ]);
        expectSame('bench:quiesce', stdout.trim(), 'backup-stage');
      },
      doneAlready: 'exists already',
    },
    {
      ...common,
      title: 'volume destroy-snapshot',
      argv: ['volume', 'destroy-snapshot', 'spare', 'spare2', '-b', 'shop', '--yes'],
      prepare: async (guest) => {
        await guest.sh(`for tag in spare spare2; do
          zfs list ${DATASET}@$tag || zfs snapshot -o bench:quiesce=stopped ${DATASET}@$tag; done`);
      },
      done: async (guest) => {
        for (const tag of ['spare', 'spare2']) await hasTag(guest, tag, false);
        for (const tag of ['good', 'newer']) await hasTag(guest, tag, true);
      },
      doneAlready: 'has no snapshot',
    },
    {
      ...common,
      title: 'volume set',
      argv: ['volume', 'set', '-b', 'shop', '--quota', '9G', '--reservation', '2G'],
      prepare: async (guest) => {
        await run(guest, 'volume', 'set', '-b', 'shop', '--quota', '8G', '--reservation', '1G');
      },
      done: async (guest) => expectSame('sizes', await sizes(guest), sized(9, 2)),
    },
    {
      ...common,
      title: 'config set',
      argv: ['config', 'set', 'snapshot.lock_timeout', '12s', '-b', 'shop'],
      prepare: async (guest) => run(guest, 'config', 'set', 'snapshot.lock_timeout', '10s', '-b', 'shop'),
      done: async (guest) => {
        const { stdout } = await guest.run(['bench', 'config', 'get', 'snapshot.lock_timeout', '-b', 'shop']);
        expectSame('snapshot.lock_timeout', stdout.trim(), '12s');
      },
    },
    {
      ...common,
      title: 'new',
      argv: ['new', 'fresh', '--port', '3399'],
      prepare: async (guest) => {
        await guest.run(['rm', '-rf', '/srv/benches/fresh']);
      },
      done: async (guest) => {
        await guest.run(['bench', 'config', 'check', '-b', 'fresh']);
      },
      doneAlready: 'exists',
    },
  ];
}

/** The restores, each from the newer state; what they do takes long. */
export function restores(scene: Scene): Operation[] {
  const intact = async (guest: Guest) => {
    // Whatever the dataset is called at the moment, the snapshot that is to come back is somewhere.
    const { stdout } = await guest.sh("zfs list -H -t snapshot -o name | grep -c '@good$' || true");
    expectSame('copies of the snapshot', stdout.trim(), '1');
  };
  const common = { bench: 'shop', cases: 'chain', intact } as const;
  return [
    {
      ...common,
      title: 'volume restore-snapshot --keep',
      argv: ['volume', 'restore-snapshot', 'good', '--keep', '-b', 'shop', '--yes'],
      prepare: async (guest) => {
        // A clone of what is live would keep the copy that the next one replaces.
        await clearDoomed(guest);
        const kept = await guest.run(['bench', 'volume', 'undo-restore', '-b', 'shop', '--yes'], {
          check: false,
          timeoutMs: 280_000,
        });
        if (kept.exitCode === 0) await requireContent(guest, scene.newer);
        else await becomeNewer(guest, scene);
      },
      done: async (guest) => requireContent(guest, scene.good),
    },
    {
      ...common,
      title: 'volume undo-restore',
      argv: ['volume', 'undo-restore', '-b', 'shop', '--yes'],
      prepare: async (guest) => {
        await becomeNewer(guest, scene);
        await run(guest, 'volume', 'restore-snapshot', 'good', '--keep', '-b', 'shop', '--yes');
      },
      done: async (guest) => requireContent(guest, scene.newer),
      doneAlready: 'nothing to undo',
      // What it has replaced is kept: once more, and it is taken back.
      isOver: async (guest) => {
        const { exitCode } = await guest.sh('test -e /var/lib/bench/shop/restore.json', { check: false });
        return exitCode !== 0 && (await contentOf(guest, 'shop')) === scene.newer;
      },
    },
    {
      ...common,
      title: 'volume restore-snapshot',
      argv: ['volume', 'restore-snapshot', 'good', '-b', 'shop', '--yes'],
      prepare: (guest) => becomeNewer(guest, scene),
      done: async (guest) => requireContent(guest, scene.good),
    },
  ];
}
