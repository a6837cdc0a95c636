import type { Guest } from '../../guest/guest.js';
import type { VolumeDetails, VolumeList } from '../../src/volumes/volumes.js';
import { benchJson } from '../../test/guest/product.js';
import { expectSame, requireContent, run, type Scene } from './scene.js';
import type { Operation } from './walk.js';

const HELLO = 'hello from before';

async function list(guest: Guest): Promise<VolumeList['volumes']> {
  return (await benchJson<VolumeList>(guest, ['volume', 'list'])).volumes.filter(
    ({ role }) => role === 'data',
  );
}

/** Takes away what an earlier case has left by this name, whatever that is. */
async function without(guest: Guest, ...names: string[]): Promise<void> {
  await guest.run(['bench', 'volume', 'repair'], { timeoutMs: 280_000 });
  for (const { name } of await list(guest))
    if (names.includes(name)) await run(guest, 'volume', 'delete', name, '--yes');
}

/** A volume `base` with a file in it that nobody has. */
async function requireBase(guest: Guest): Promise<void> {
  const there = await list(guest);
  if (there.some(({ name }) => name === 'renamed')) await run(guest, 'volume', 'rename', 'renamed', 'base');
  const base = (await list(guest)).find(({ name }) => name === 'base');
  if (base === undefined) {
    await run(guest, 'volume', 'create', 'base', '200M');
    await guest.sh(`zfs mount bench-pool/_volumes/base
      echo ${HELLO} > /bench-pool/_volumes/base/data/h; zfs unmount bench-pool/_volumes/base`);
  } else if (base.attachments.length > 0) await run(guest, 'volume', 'detach', 'base', '-b', 'shop');
}

/** Whole, by whatever name, and with what was in it. */
async function requireVolume(guest: Guest, name: string): Promise<VolumeDetails> {
  const shown = await benchJson<VolumeDetails>(guest, ['volume', 'show', name]);
  expectSame(`the status of ${name}`, shown.status === 'incomplete', false);
  return shown;
}

/** The commands for data volumes. What they are given stays, whatever happens to them. */
export function volumeOperations({ newer }: Scene): Operation[] {
  const common = {
    bench: 'shop',
    cases: 'each',
    intact: async (guest: Guest) => {
      await requireContent(guest, newer);
      const at = (await list(guest)).find(({ name }) => name === 'base' || name === 'renamed');
      if (at === undefined) throw new Error('the volume base is not there');
    },
  } as const;
  const shown = '/srv/benches/shop/data/base';
  return [
    {
      ...common,
      title: 'volume create',
      argv: ['volume', 'create', 'fresh', '100M', '--label', 'a=b'],
      prepare: async (guest) => {
        await requireBase(guest);
        await without(guest, 'fresh');
      },
      done: async (guest) => expectSame('labels', (await requireVolume(guest, 'fresh')).labels, { a: 'b' }),
      doneAlready: 'There is a volume fresh already',
    },
    {
      ...common,
      title: 'volume create --from',
      argv: ['volume', 'create', 'fresh', '--from', 'base'],
      prepare: async (guest) => {
        await requireBase(guest);
        await without(guest, 'fresh');
      },
      done: async (guest) => {
        await requireVolume(guest, 'fresh');
        const { stdout } = await guest.sh(`zfs mount bench-pool/_volumes/fresh
          cat /bench-pool/_volumes/fresh/data/h; zfs unmount bench-pool/_volumes/fresh`);
        expectSame('what is in it', stdout.trim(), HELLO);
      },
      doneAlready: 'There is a volume fresh already',
    },
    {
      ...common,
      title: 'volume attach',
      argv: ['volume', 'attach', 'base', '-b', 'shop', '--path', 'data/base'],
      prepare: async (guest) => {
        await without(guest, 'fresh');
        await requireBase(guest);
      },
      done: async (guest) => expectSame('what is seen', (await guest.read(`${shown}/h`)).trim(), HELLO),
    },
    {
      ...common,
      title: 'volume detach',
      argv: ['volume', 'detach', 'base', '-b', 'shop'],
      prepare: async (guest) => {
        await requireBase(guest);
        await run(guest, 'volume', 'attach', 'base', '-b', 'shop', '--path', 'data/base');
      },
      done: async (guest) => expectSame('who has it', (await requireVolume(guest, 'base')).attachments, []),
      doneAlready: 'is not attached',
    },
    {
      ...common,
      title: 'volume resize',
      argv: ['volume', 'resize', 'base', '300M'],
      prepare: async (guest) => {
        await requireBase(guest);
        await run(guest, 'volume', 'resize', 'base', '200M');
      },
      done: async (guest) =>
        expectSame('its size', (await requireVolume(guest, 'base')).sizeBytes, 300 * 1024 ** 2),
    },
    {
      ...common,
      title: 'volume rename',
      argv: ['volume', 'rename', 'base', 'renamed'],
      prepare: requireBase,
      done: async (guest) => {
        await requireVolume(guest, 'renamed');
      },
      doneAlready: 'There is no data volume "base"',
    },
    {
      ...common,
      title: 'volume delete',
      argv: ['volume', 'delete', 'fresh', '--yes'],
      prepare: async (guest) => {
        await requireBase(guest);
        await without(guest, 'fresh');
        await run(guest, 'volume', 'create', 'fresh', '--from', 'base');
      },
      done: async (guest) => {
        expectSame(
          'volumes',
          (await list(guest)).map(({ name }) => name),
          ['base'],
        );
        const left = await guest.survey('zfs list -H -t snapshot -o name -r bench-pool/_volumes');
        expectSame('snapshots that were taken for it', left, '');
      },
      doneAlready: 'There is no data volume "fresh"',
    },
  ];
}
