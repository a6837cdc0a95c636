import type { Guest } from '../../guest/guest.js';
import type { CopyList } from '../../src/offsite/offsite.js';
import { benchJson } from '../../test/guest/product.js';
import { STORE, settingUpOffsite, startMoto } from '../../test/guest/store.js';
import { DATASET, expectSame, requireContent, run, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const KEPT = 'bench-pool/_preserved/back';

/** A store for the bench, in the guest unless another one is named, in which one copy is kept. */
export async function nameStore(guest: Guest, endpoint?: string): Promise<void> {
  if (endpoint === undefined) await startMoto(guest);
  await guest.sh(`${settingUpOffsite('shop', endpoint)}
    set_key keep.last 1`);
}

const copiesOf = (guest: Guest) => benchJson<CopyList>(guest, ['offsite', 'list', '-b', 'shop']);

async function requireWholeCopies(guest: Guest): Promise<void> {
  const { copies, unfinished } = await copiesOf(guest);
  expectSame('unfinished copies', unfinished, []);
  expectSame(
    'copies that are not whole',
    copies.filter(({ state }) => state !== 'whole'),
    [],
  );
  await run(guest, 'offsite', 'verify', '--level', 'hash', '-b', 'shop');
}

/** What a bench has in a store: the store has it whole, or says nothing of it. */
export function copiesElsewhere({ newer }: Scene): Operation[] {
  const common = {
    bench: 'shop',
    cases: 'chain',
    intact: (guest: Guest) => requireContent(guest, newer),
  } as const;
  return [
    {
      ...common,
      title: 'offsite push',
      argv: ['offsite', 'push', '-b', 'shop'],
      prepare: async (guest) => {
        // Nothing is under way any more.
        await guest.run(['bench', 'offsite', 'push', '-b', 'shop'], { timeoutMs: 280_000 });
      },
      done: async (guest) => {
        await requireWholeCopies(guest);
        const { stdout } = await guest.sh(
          `zfs holds -H $(zfs list -H -t snapshot -o name ${DATASET}) | wc -l`,
        );
        expectSame('snapshots that are held', stdout.trim(), '1');
      },
    },
    {
      ...common,
      title: 'offsite prune',
      argv: ['offsite', 'prune', '--yes', '-b', 'shop'],
      prepare: async (guest) => {
        for (let pushes = 0; pushes < 2; pushes += 1)
          await run(guest, 'offsite', 'push', '--full', '-b', 'shop');
      },
      done: async (guest) => {
        await requireWholeCopies(guest);
        expectSame('copies', (await copiesOf(guest)).copies.length, 1);
      },
    },
    {
      ...common,
      title: 'offsite restore',
      argv: ['offsite', 'restore', '--as', 'back', '--identity', STORE.identity, '-b', 'shop'],
      prepare: async (guest) => {
        await guest.sh(`if zfs list ${KEPT} > /dev/null 2>&1; then zfs destroy -r ${KEPT}; fi`);
      },
      done: async (guest) => {
        const { copies } = await copiesOf(guest);
        const guids = (
          await guest.sh(`zfs get -H -p -o value guid $(zfs list -H -t snapshot -o name ${KEPT})`)
        ).stdout;
        expectSame(
          'whether it is the last copy',
          guids.split('\n').includes(copies.at(-1)?.guid ?? '?'),
          true,
        );
        const { stdout } = await guest.sh(
          'zfs list -H -o name -r bench-pool/_incoming 2> /dev/null | tail -n +2',
        );
        expectSame('what is left on its way', stdout, '');
      },
      doneAlready: `${KEPT} is there already`,
    },
  ];
}
