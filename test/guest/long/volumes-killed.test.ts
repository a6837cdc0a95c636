import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Status } from '../../../src/status/status.js';
import type { VolumeList } from '../../../src/volumes/volumes.js';
import { benchJson } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

/** Some twenty points each, and four runs of bench for each of them. */
const WALK_MS = 3_000_000;

beforeAll(async () => {
  for (const [file, to] of [
    ['../kill-here.mjs', '/root/kill-here.mjs'],
    ['../kill-points.mjs', '/root/kill-points.mjs'],
    ['volumes-walk.mjs', '/root/long/volumes-walk.mjs'],
  ] as const) {
    await guest().sh('mkdir -p /root/long');
    await guest().push(fileURLToPath(new URL(file, import.meta.url)), to);
  }
  await guest().sh(
    `bench new shop; bench init -b shop
    apt-get -q update; apt-get -qy install qemu-utils
    bench volume create base 200M; bench volume create disk 100M --type block --format ext4
    zfs mount bench-pool/_volumes/base; echo hello > /bench-pool/_volumes/base/data/h; zfs unmount bench-pool/_volumes/base
    mkdir -p /root/in; cd /root/in; mke2fs -q -t ext4 small.img 32M
    mkdir tree; head -c 1M /dev/urandom > tree/f; ln -s f tree/l; tar -C tree -czf tree.tar.gz .`,
    { timeoutMs: 500_000 },
  );
});

/** All that bench knows and has made of volumes, wherever it stands. */
const STATE = `
  zfs list -H -o name,type,canmount,mounted,mountpoint,quota,volsize,readonly -r bench-pool/_volumes
  for place in _overlays _exports; do zfs list -H -o name,type,canmount,mounted,quota -r bench-pool/$place || true; done
  zfs get -H -s local -t filesystem,volume -o name,property,value all -r bench-pool/_volumes | grep -vE 'bench:(made|history|key)' | sort
  zfs list -H -t snapshot -o name -r bench-pool | grep -v bench-pool/shop@ || true
  cat /etc/fstab /srv/benches/shop/bench.toml /var/lib/bench/shop/host.json
  findmnt -rn -o TARGET,SOURCE,FSTYPE | grep -E 'volumes|overlays|benches' | sort
  ls -A /var/lib/bench/.volumes /root /root/in; find /etc/systemd/system -newer /root/in -name '*.conf' | sort
  find /bench-pool/_volumes /bench-pool/_overlays -maxdepth 1 2>/dev/null | grep -v _volumes/base$ | sort || true
  find /etc /root /srv /var/lib/bench /bench-pool -xdev '(' -name '*.bench-tmp' -o -name '*.bench-part' ')'
  sha256sum /root/out.img 2> /dev/null || true
  for volume in new base; do
    zfs list bench-pool/_volumes/$volume > /dev/null 2>&1 || continue
    if [ -b /dev/zvol/bench-pool/_volumes/$volume ]; then e2fsck -fn /dev/zvol/bench-pool/_volumes/$volume | tail -1; continue; fi
    mounted=$(zfs get -H -o value mounted bench-pool/_volumes/$volume)
    [ $mounted = yes ] || zfs mount bench-pool/_volumes/$volume
    (cd /bench-pool/_volumes/$volume; find . -printf '%y %m %U %P\\n' | sort; find . -type f -not -name .bench-volume -exec sha256sum {} +)
    [ $mounted = yes ] || zfs unmount bench-pool/_volumes/$volume
  done`;

const remove = (name: string) => `bench volume delete ${name} --yes`;
const detached = 'bench volume detach base -b shop';
const shown = 'volume attach base -b shop --path data/base';
const overlay = `bench ${shown} --overlay 50M; echo mine > /srv/benches/shop/data/base/mine`;

interface Operation {
  argv: string;
  prepare?: string;
  undo: string;
  /** Of some plans not every command is started: udev is asked only where it is late. */
  points: number;
}

test.each<[string, Operation]>([
  ['create', { argv: 'volume create new 200M --label a=b', undo: remove('new'), points: 8 }],
  [
    'create of a block volume',
    { argv: 'volume create new 100M --type block --format ext4', undo: remove('new'), points: 5 },
  ],
  [
    'create of an encrypted one',
    { argv: 'volume create new 100M --encrypted --no-escrow', undo: remove('new'), points: 12 },
  ],
  ['create from another one', { argv: 'volume create new --from base', undo: remove('new'), points: 10 }],
  [
    'import of an image',
    { argv: 'volume import /root/in/small.img new --size 64M', undo: remove('new'), points: 10 },
  ],
  [
    'import of an archive',
    { argv: 'volume import /root/in/tree.tar.gz new', undo: remove('new'), points: 10 },
  ],
  ['export', { argv: 'volume export disk /root/out.img --format raw', undo: 'rm /root/out.img', points: 8 }],
  ['attach', { argv: shown, undo: detached, points: 12 }],
  ['detach', { prepare: `bench ${shown}`, argv: 'volume detach base -b shop', undo: 'true', points: 12 }],
  ['attach of a private copy', { argv: `${shown} --overlay 50M`, undo: `${detached} --drop`, points: 15 }],
  [
    'end of a private copy',
    { prepare: overlay, argv: 'volume detach base -b shop --drop', undo: 'true', points: 15 },
  ],
  [
    'a private copy that is kept',
    { prepare: overlay, argv: 'volume detach base -b shop --keep-as kept', undo: remove('kept'), points: 15 },
  ],
  ['resize', { argv: 'volume resize base 300M', undo: 'bench volume resize base 200M', points: 2 }],
  [
    'resize of a block volume',
    {
      prepare: 'bench volume create new 40M --type block --format ext4',
      argv: 'volume resize new 60M',
      undo: remove('new'),
      points: 5,
    },
  ],
  ['rename', { argv: 'volume rename base other', undo: 'bench volume rename other base', points: 4 }],
  [
    'delete',
    { prepare: 'bench volume create new 100M', argv: 'volume delete new --yes', undo: 'true', points: 5 },
  ],
  [
    'delete of a clone',
    {
      prepare: 'bench volume create new --from base',
      argv: 'volume delete new --yes',
      undo: 'true',
      points: 6,
    },
  ],
  [
    'attach to a machine',
    { argv: 'volume attach disk --machine web1', undo: 'bench volume detach disk --machine web1', points: 2 },
  ],
])(
  '%s is whole or nothing, and mended, though it is killed before every command and after every step',
  {
    timeout: WALK_MS,
  },
  async (_, { argv, prepare = 'true', undo, points }) => {
    const operation = JSON.stringify({ prepare, argv: argv.split(' '), undo, state: STATE });
    const { stdout, stderr } = await guest().run(['node', '/root/long/volumes-walk.mjs', operation], {
      timeoutMs: WALK_MS,
      check: false,
    });
    const { killed, missed, wrong } = JSON.parse(stdout || '{}');
    expect(wrong, stdout + stderr).toEqual([]);
    // Not every command of a plan is started; every step has an end.
    expect((missed as string[]).filter((point) => point.startsWith('after'))).toEqual([]);
    expect(killed.length).toBeGreaterThanOrEqual(points);
  },
);

test('and nothing is left of all that', async () => {
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  expect(
    volumes.filter(({ role }) => role !== 'root').map(({ name, status }) => `${name} ${status}`),
  ).toEqual(['base available', 'disk available']);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  // Told of once the bench is no more new: the clock was moved on, in minutes, for each kill.
  expect(problems.filter(({ code }) => code !== 'snapshot-none')).toEqual([]);
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
});
