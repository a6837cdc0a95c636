import type { Guest } from '../../guest/guest.js';
import { introduce } from '../../guest/together.js';
import { contentOf } from '../../test/guest/product.js';
import { makePool } from '../../test/guest/replicate-support.js';
import { expectSame, run } from '../faults/scene.js';
import type { Operation } from '../faults/walk.js';

const NAMES = { source: 'a', cut: 'b' } as const;

/**
 * Has a host that has a bench copy it to the one whose power is cut. Returns what lets them see one another after a boot,
 * which may have changed a port.
 */
export async function linkHosts(source: Guest, cut: Guest): Promise<() => Promise<void>> {
  const meet = () => introduce({ [NAMES.source]: source, [NAMES.cut]: cut });
  await meet();
  await makePool(cut);
  await run(source, 'replicate', 'setup', NAMES.cut, '-b', 'shop', '--as', NAMES.source, '--yes');
  await run(source, 'replicate', 'run', '-b', 'shop');
  return meet;
}

async function serves(guest: Guest): Promise<boolean> {
  const { stdout } = await guest.run(['systemctl', 'is-active', 'mariadb@shop'], { check: false });
  return stdout.trim() === 'active';
}

const TITLES = { promote: 'promote --stop-source', reverse: 'replicate reverse' } as const;
export const titlesOfPromotions: readonly string[] = Object.values(TITLES);

/** A bench that goes from one host to the other, and back. */
export function promotions(source: Guest, cut: Guest): Operation[] {
  let content = '';
  const promote = (guest: Guest) => run(guest, 'promote', 'shop', '--stop-source', '--yes');
  /** From a copy that was promoted here to one that the other host has promoted since. */
  const sendBack = async () => {
    await run(source, 'replicate', 'reverse', '-b', 'shop', '--yes');
    await run(cut, 'replicate', 'run', '-b', 'shop');
    await promote(source);
  };
  /** The bench is on the other host, and the one that is cut has nothing of it but a copy. */
  const takeCopies = async () => {
    if (await serves(cut)) await sendBack();
    const hasBench = (await cut.run(['zfs', 'list', 'bench-pool/shop'], { check: false })).exitCode === 0;
    if (hasBench) await run(cut, 'replicate', 'reverse', '-b', 'shop', '--yes');
    await run(source, 'replicate', 'run', '-b', 'shop');
    content = await contentOf(source, 'shop');
  };
  const common = {
    bench: 'shop',
    cases: 'chain',
    intact: async () => {
      const both = [source, cut];
      for (const guest of both)
        await guest.sh("zfs list -H -r -t snapshot -o name bench-pool | grep -q '/shop@'");
      expectSame('whether both hosts serve it', (await Promise.all(both.map(serves))).every(Boolean), false);
    },
  } as const;
  return [
    {
      ...common,
      title: TITLES.promote,
      argv: ['promote', 'shop', '--stop-source', '--yes'],
      prepare: takeCopies,
      done: async () => {
        expectSame('the content', await contentOf(cut, 'shop'), content);
        expectSame('whether the other host serves it', await serves(source), false);
      },
      doneAlready: 'shop is a bench of this host already',
    },
    {
      ...common,
      title: TITLES.reverse,
      argv: ['replicate', 'reverse', '-b', 'shop', '--yes'],
      prepare: async () => {
        await takeCopies();
        await promote(cut);
        await sendBack();
        content = await contentOf(source, 'shop');
      },
      done: async () => {
        await run(source, 'replicate', 'run', '-b', 'shop');
        expectSame('the content', await contentOf(source, 'shop'), content);
      },
    },
  ];
}
