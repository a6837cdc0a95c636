import type { HostFacts } from '../../../src/disks/kernel.js';
import { LSBLK_COLUMNS, lsblkArgv } from '../../../src/disks/lsblk.js';
import { wipefsArgv } from '../../../src/disks/wipefs.js';
import { importArgv } from '../../../src/zfs/pool-import.js';
import { POOL_DEVICES_ARGV } from '../../../src/zfs/pools.js';
import { fixture } from '../support/fixture.js';
import type { ScriptedAnswer } from '../support/scripted-runner.js';

/** The machine of test/fixtures/lsblk/INDEX.md, all of it read at one moment. */
export const BUSY = ['vda', 'vdh', 'vdi', 'vdj', 'vdk', 'vdm', 'vdo', 'vdv', 'vdw'];
const HOLDERS: Record<string, string[]> = { vdi: ['dm-0'], vdj: ['md0'], vdk: ['md0'], vdv: ['dm-1'] };
export const SIGNATURES: Record<string, string> = {
  vda: 'ext4-mounted',
  vdf: 'gpt',
  vdg: 'ext4',
  vdh: 'ext4-mounted',
  vdi: 'lvm',
  vdj: 'md-raid',
  vdk: 'md-raid',
  vdl: 'luks',
  vdm: 'zfs-imported-disk',
  vdn: 'zfs-exported-disk',
  vdo: 'swap',
  vdp: 'btrfs',
  vdq: 'btrfs-second',
  vdu: 'gpt-empty',
  vdw: 'gpt-pool-on-partitions',
  vdx: 'iso9660',
};
/** Where the links in /dev/disk/by-id lead. */
const LINKS: Record<string, string> = {
  CLEAN20: 'vdb',
  CLEAN40: 'vdc',
  LEG: 'vds',
  ZIMPORTED: 'vdm',
  'ZIMPORTED-part1': 'vdm1',
  ZEXPORTED: 'vdn',
};

export const IMPORT_ARGV = importArgv(['/dev/disk/by-id', '/dev']);
export const LSBLK_ARGV = lsblkArgv(LSBLK_COLUMNS);

/** What every program answered there. Earlier entries win in a script: put another answer before these. */
export const WORLD: readonly ScriptedAnswer[] = [
  { argv: LSBLK_ARGV, stdout: fixture('lsblk/nested-2.41.json') },
  { argv: POOL_DEVICES_ARGV, stdout: fixture('zpool/list-v.txt') },
  { argv: IMPORT_ARGV, stdout: fixture('zpool/import-one.txt') },
  ...['sda', ...'abcdefghijklmnopqrstuvwx'].map((name) => {
    const kname = name.length === 1 ? `vd${name}` : name;
    const argv = wipefsArgv(`/dev/${kname}`);
    return { argv, stdout: fixture(`wipefs/${SIGNATURES[kname] ?? 'none'}.json`) };
  }),
];

/** The script without the answers to some argument list, and others in their place. */
export function worldWith(...answers: ScriptedAnswer[]): ScriptedAnswer[] {
  const same = (a: ScriptedAnswer, b: ScriptedAnswer) => a.argv.join(' ') === b.argv.join(' ');
  return [...answers, ...WORLD.filter((entry) => !answers.some((answer) => same(answer, entry)))];
}

/** What the kernel said there; `changes` replaces single answers. */
export function worldFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    isRoot: () => true,
    holders: (kname) => ({ value: HOLDERS[kname] ?? [] }),
    wwid: () => null,
    swapPaths: () => ({ value: ['/dev/vdo', '/dev/zram0'] }),
    stablePaths: () =>
      new Map(
        Object.entries(LINKS).map(([serial, kname]) => [`/dev/${kname}`, `/dev/disk/by-id/virtio-${serial}`]),
      ),
    resolve: (path) => {
      const serial = /^\/dev\/disk\/by-id\/virtio-(.+)$/.exec(path)?.[1];
      if (serial !== undefined) return LINKS[serial] === undefined ? undefined : `/dev/${LINKS[serial]}`;
      return /^\/dev\/[a-z0-9-]+$/.test(path) && path !== '/dev/nosuch' ? path : undefined;
    },
    zfsLoaded: () => true,
    openExclusively: (path) => ({ value: BUSY.includes(path.slice('/dev/'.length)) ? 'busy' : 'free' }),
    ...changes,
  };
}
