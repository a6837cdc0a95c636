import type { Guest } from '../../guest/guest.js';
import { contentOf } from '../../test/guest/product.js';
import { expectSame, requireContent, run, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const KEPT = 'bench-pool/_preserved/doomed';

async function exists(guest: Guest, dataset: string): Promise<boolean> {
  const { exitCode } = await guest.run(['zfs', 'list', dataset], { check: false });
  return exitCode === 0;
}

/** Drops what runs before have left, whatever it is. */
export async function clearDoomed(guest: Guest): Promise<void> {
  await guest.run(['bench', 'drop', 'doomed', '--yes'], { check: false, timeoutMs: 280_000 });
}

/** A clone of the bench, as it is made. */
async function makeDoomed(guest: Guest): Promise<void> {
  await clearDoomed(guest);
  if (await exists(guest, KEPT)) await run(guest, 'volume', 'delete', KEPT, '--yes');
  await run(guest, 'clone', 'shop', 'doomed');
}

async function requireGone(guest: Guest): Promise<void> {
  expectSame('the dataset', await exists(guest, 'bench-pool/doomed'), false);
  const left = await guest.survey(
    `ls -d /var/lib/bench/doomed /srv/benches/doomed /var/lib/mysql-doomed /bench-pool/doomed
    grep -rl doomed /etc/fstab /etc/systemd/system /etc/mysql; findmnt -rn -o TARGET | grep doomed
    systemctl list-units --plain --no-legend '*doomed*'`,
  );
  expectSame('what is left', left.replaceAll(/^.*No such file.*\n/gm, '').trim(), '');
}

/** The end of a clone, with its storage and without, and its storage taken up again. */
export function drops(scene: Scene): Operation[] {
  const ofShop = (guest: Guest) => requireContent(guest, scene.newer);
  const isSomewhere = async (guest: Guest) => {
    await ofShop(guest);
    if (!(await exists(guest, KEPT)) && !(await exists(guest, 'bench-pool/doomed')))
      throw new Error('the storage that is to be kept is nowhere');
  };
  const common = { bench: 'doomed', cases: 'chain' } as const;
  return [
    {
      ...common,
      title: 'drop',
      argv: ['drop', 'doomed', '--yes'],
      prepare: makeDoomed,
      intact: ofShop,
      done: requireGone,
      doneAlready: 'There is no bench doomed.',
    },
    {
      ...common,
      title: 'drop --preserve-storage',
      argv: ['drop', 'doomed', '--preserve-storage', '--yes'],
      prepare: makeDoomed,
      intact: isSomewhere,
      done: async (guest) => {
        await requireGone(guest);
        expectSame('what is kept', await exists(guest, KEPT), true);
      },
      doneAlready: 'There is no bench doomed.',
    },
    {
      ...common,
      title: 'init --from-volume',
      argv: ['init', '-b', 'doomed', '--from-volume', 'doomed', '--yes'],
      prepare: async (guest) => {
        await makeDoomed(guest);
        await run(guest, 'drop', 'doomed', '--preserve-storage', '--yes');
      },
      intact: isSomewhere,
      done: async (guest) => expectSame('the content', await contentOf(guest, 'doomed'), scene.newer),
      doneAlready: 'is kept',
    },
  ];
}
