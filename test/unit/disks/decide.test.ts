import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseDisk, judge, namedBlockers, wipeBlockers } from '../../../src/disks/decide.js';
import { formatBytes } from '../../../src/disks/format.js';
import { hostFacts, parseSwaps, readStablePaths, readWwid } from '../../../src/disks/kernel.js';
import { parseLsblk } from '../../../src/disks/lsblk.js';
import { chooseStableName, isRealDiskName } from '../../../src/disks/names.js';
import { discoverText, toResult } from '../../../src/disks/report.js';
import type { BlockDevice, Disk, DiskFacts } from '../../../src/disks/types.js';

const GIB = 1024 ** 3;

function device(changes: Record<string, unknown> = {}): BlockDevice {
  const row = {
    name: 'sdb',
    type: 'disk',
    size: 10 * GIB,
    ro: false,
    rm: false,
    hotplug: false,
    tran: null,
    fstype: null,
    pttype: null,
    mountpoints: [null],
    serial: null,
    wwn: null,
    ...changes,
  };
  const [parsed] = parseLsblk(JSON.stringify({ blockdevices: [row] }));
  if (parsed === undefined) throw new Error('no row');
  return parsed;
}

function facts(changes: Partial<DiskFacts> = {}, row: Record<string, unknown> = {}): DiskFacts {
  return {
    device: device(row),
    listedTwice: false,
    twins: [],
    signatures: { value: [] },
    holders: { value: [] },
    swaps: { value: [] },
    exclusive: { value: 'free' },
    importedPools: { value: [] },
    importablePools: { value: [] },
    needsRoot: false,
    ...changes,
  };
}

const codes = (...args: Parameters<typeof facts>) => judge(facts(...args)).map(({ code }) => code);

describe('judge', () => {
  it('finds nothing against a clean disk of exactly 10G', () => {
    expect(codes()).toEqual([]);
    expect(codes({}, { size: 10 * GIB - 1 })).toEqual(['too-small']);
  });

  it.each<[string, Partial<DiskFacts>, string]>([
    ['a holder', { holders: { value: ['dm-0'] } }, 'has-holders'],
    [
      'a signature',
      { signatures: { value: [{ type: 'x', offset: '', label: null, uuid: null }] } },
      'has-signature',
    ],
    ['active swap', { swaps: { value: ['/dev/sdb'] } }, 'swap'],
    ['exclusive use', { exclusive: { value: 'busy' } }, 'in-use'],
    ['an imported pool', { importedPools: { value: ['tank'] } }, 'in-pool'],
    ['an importable pool', { importablePools: { value: ['tank'] } }, 'in-importable-pool'],
    ['a twin', { twins: ['/dev/sdc'] }, 'shared-identity'],
    ['being listed twice', { listedTwice: true }, 'listed-twice'],
    ['no root', { needsRoot: true }, 'needs-root'],
  ])('refuses for %s alone', (_, changes, code) => {
    expect(codes(changes)).toEqual([code]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ fstype: 'xfs' }, ['has-signature']],
    [{ pttype: 'dos' }, ['has-signature']],
    [{ ro: true }, ['read-only']],
    [{ rm: true }, ['removable']],
    [{ rm: '1', hotplug: '1', tran: 'usb' }, ['removable']],
    [{ hotplug: true }, ['removable']],
    [{ tran: 'usb' }, ['removable']],
    [{ tran: 'sbp' }, ['removable']],
    [{ rm: null }, ['unreadable']],
    [{ rm: true, hotplug: null }, ['unreadable', 'removable']],
    [{ mountpoints: ['/data'] }, ['mounted']],
    [{ mountpoints: ['[SWAP]'] }, ['swap']],
    [{ children: [{ name: 'sdb1', mountpoints: ['[SWAP]'] }] }, ['has-children', 'swap']],
    [{ children: [{ name: 'sdb1', mountpoints: [null] }] }, ['has-children']],
    [{ children: [{ name: 'sdb1', mountpoints: ['/data'] }] }, ['has-children', 'mounted']],
    [{ children: [{ name: 'sdb1' }] }, ['has-children', 'unreadable']],
    [{ type: 'lvm' }, ['not-a-disk']],
    [{ type: null }, ['unreadable']],
    [{ name: 'rbd0' }, ['unknown-kind']],
  ])('refuses %o', (row, expected) => {
    expect(codes({}, row)).toEqual(expected);
  });

  it('refuses for anything that is unknown', () => {
    const fields = [
      'signatures',
      'holders',
      'swaps',
      'exclusive',
      'importedPools',
      'importablePools',
    ] as const;
    fc.assert(
      fc.property(fc.subarray([...fields], { minLength: 1 }), (unread) => {
        const changes = Object.fromEntries(unread.map((field) => [field, { unknown: 'EIO' }]));
        expect(codes(changes)).toEqual(unread.map(() => 'unreadable'));
      }),
    );
  });
});

const disk = (path: string, sizeBytes: number, qualifies = true): Disk => ({
  path,
  stablePath: null,
  sizeBytes,
  model: null,
  serial: null,
  transport: null,
  rotational: null,
  supportsTrim: false,
  qualifies,
  reasons: qualifies ? [] : [{ code: 'mounted', message: 'is mounted' }],
});

describe('chooseDisk', () => {
  it('takes the largest that qualifies, and of equal ones the first by path', () => {
    const disks = [
      disk('/dev/sdd', 20),
      disk('/dev/sdc', 30),
      disk('/dev/sdb', 30),
      disk('/dev/sde', 40, false),
    ];
    expect(chooseDisk(disks)?.path).toBe('/dev/sdb');
    expect(chooseDisk([...disks].reverse())?.path).toBe('/dev/sdb');
    expect(chooseDisk([disk('/dev/sde', 40, false)])).toBeUndefined();
    expect(chooseDisk([])).toBeUndefined();
  });
});

describe('instance storage of clouds', () => {
  const found = (model: string) => codes({}, { name: 'nvme1n1', model, tran: 'nvme' });

  it.each([
    'Amazon EC2 NVMe Instance Storage',
    'Amazon EC2 NVMe Instance Storage        ',
    'nvme_card',
    'nvme_card0',
    'nvme_card15',
    'EphemeralDisk',
    'Microsoft NVMe Direct Disk              ',
    'Microsoft NVMe Direct Disk v2',
    'Microsoft_NVMe_Direct_Disk_v2',
  ])('is not chosen: %j', (model) => {
    expect(found(model)).toEqual(['ephemeral']);
  });

  it.each([
    'Amazon Elastic Block Store',
    'nvme_card-pd',
    'PersistentDisk',
    'MSFT NVMe Accelerator v1.0',
    'Virtual Disk',
    'Samsung SSD 990 PRO 2TB',
  ])('is not %j', (model) => {
    expect(found(model)).toEqual([]);
  });
});

describe('a disk that is named', () => {
  const named = (reasons: Disk['reasons']) => ({ ...disk('/dev/sdb', 1), qualifies: false, reasons });

  it('is used although it would not be chosen', () => {
    const reasons = judge(facts({}, { rm: true, tran: 'usb', model: 'EphemeralDisk' }));
    expect(reasons.map(({ code }) => code)).toEqual(['removable', 'ephemeral']);
    expect(chooseDisk([named(reasons)])).toBeUndefined();
    expect(namedBlockers(named(reasons))).toEqual([]);
    expect(wipeBlockers(named(reasons))).toEqual([]);
  });

  it('has every other reason against it', () => {
    const reasons = judge(facts({ exclusive: { value: 'busy' } }, { rm: true, fstype: 'ext4' }));
    expect(namedBlockers(named(reasons)).map(({ code }) => code)).toEqual(['has-signature', 'in-use']);
    expect(wipeBlockers(named(reasons)).map(({ code }) => code)).toEqual(['in-use']);
  });
});

describe('wipeBlockers', () => {
  it('lets an operator clear contents and nothing else', () => {
    const reasons = judge(
      facts(
        { importablePools: { value: ['old'] }, holders: { value: ['dm-0'] } },
        { fstype: 'LVM2_member', children: [{ name: 'sdb1', mountpoints: [] }] },
      ),
    );
    expect(reasons).toHaveLength(4);
    expect(wipeBlockers({ ...disk('/dev/sdb', 1), reasons }).map(({ code }) => code)).toEqual([
      'has-holders',
    ]);
  });
});

describe('isRealDiskName', () => {
  it.each(['sda', 'sdaa', 'vdb', 'xvdf', 'nvme0n1', 'nvme10n2', 'mmcblk0'])('%s is one', (name) => {
    expect(isRealDiskName(name)).toBe(true);
  });

  it.each(
    (
      'zram0 ram0 loop0 sr0 fd0 nbd0 rbd0 drbd0 zd0 dm-0 md0 md127 mtdblock0 nullb0 pmem0 bcache0 sda1 vda1 xvda1 ' +
      'nvme0n1p1 nvme0c0n1 nvme0 mmcblk0boot0 mmcblk0rpmb mmcblk0p1 hda sd cciss!c0d0 etherd!e0.0 ubda'
    ).split(' '),
  )('%s is none', (name) => {
    expect(isRealDiskName(name)).toBe(false);
  });
});

describe('chooseStableName', () => {
  it.each([
    [['ata-X_1', 'wwn-0x5000', 'scsi-35000'], 'wwn-0x5000'],
    [['nvme-Samsung_S1', 'nvme-eui.0025', 'nvme-Samsung_S1_1'], 'nvme-eui.0025'],
    [['nvme-Samsung_S1_1', 'nvme-Samsung_S1'], 'nvme-Samsung_S1'],
    [['scsi-SATA_X', 'scsi-0ATA_X', 'scsi-35000'], 'scsi-35000'],
    [['google-data', 'scsi-0Google_PersistentDisk_data'], 'scsi-0Google_PersistentDisk_data'],
    [['virtio-b', 'virtio-a'], 'virtio-a'],
    [['lvm-pv-uuid-x', 'md-uuid-x', 'dm-uuid-x'], null],
    [['lvm-pv-uuid-x', 'strange-name'], 'strange-name'],
    [[], null],
  ])('%j → %s', (links, expected) => {
    expect(chooseStableName(links)).toBe(expected);
    expect(chooseStableName([...links].reverse())).toBe(expected);
  });
});

describe('what the kernel says', () => {
  const root = mkdtempSync(join(tmpdir(), 'bench-by-id-'));
  afterAll(() => rmSync(root, { recursive: true }));

  it('reads /proc/swaps', () => {
    const text =
      'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n' +
      '/dev/vdo                                partition\t12582908\t0\t\t-2\n' +
      '/my\\040swap\\134file                    file\t\t524284\t\t0\t\t-3\n';
    expect(parseSwaps(text)).toEqual(['/dev/vdo', '/my swap\\file']);
    expect(parseSwaps('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n')).toEqual([]);
  });

  it('reads the links of a directory; dangling ones lead nowhere', () => {
    mkdirSync(join(root, 'by-id'));
    writeFileSync(join(root, 'sdb'), '');
    symlinkSync('../sdb', join(root, 'by-id', 'ata-X'));
    symlinkSync('../sdb', join(root, 'by-id', 'wwn-0x1'));
    symlinkSync('../gone', join(root, 'by-id', 'wwn-0x2'));
    expect([...readStablePaths(join(root, 'by-id'))]).toEqual([
      [join(root, 'sdb'), join(root, 'by-id', 'wwn-0x1')],
    ]);
    expect(readStablePaths(join(root, 'missing')).size).toBe(0);
  });

  it.each([
    ['device/wwid', 'naa.5000c500a1b2c3d4\n', 'naa.5000c500a1b2c3d4'],
    ['wwid', 'eui.0025388b710116a1\n', 'eui.0025388b710116a1'],
    ['wwid', 'eui.0000000000000000\n', null],
    ['device/wwid', 't10.ATA     QEMU HARDDISK\n', null],
    ['device/wwid', '\n', null],
  ])('reads %s: %j', (file, text, expected) => {
    const directory = mkdtempSync(join(root, 'disk-'));
    mkdirSync(join(directory, 'device'));
    expect(readWwid(directory)).toBeNull();
    writeFileSync(join(directory, file), text);
    expect(readWwid(directory)).toBe(expected);
  });

  it('reports what it cannot read', () => {
    expect(hostFacts.holders('no-such-disk')).toHaveProperty('unknown');
    expect(hostFacts.openExclusively(join(root, 'missing'))).toHaveProperty('unknown');
    expect(hostFacts.resolve(join(root, 'missing'))).toBeUndefined();
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0B'],
    [1023, '1023B'],
    [10 * GIB, '10G'],
    [10 * GIB - 1, '9.9G'],
    [1.5 * GIB, '1.5G'],
    [2 ** 60, '1024P'],
  ])('%d → %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

describe('the result of discover', () => {
  const disks = [
    {
      ...disk('/dev/sdb', 40 * GIB),
      stablePath: '/dev/disk/by-id/wwn-0x1',
      model: 'ACME \u001b[2J',
      serial: 'S1',
      transport: 'sata',
    },
    disk('/dev/sdc', 20 * GIB),
    disk('/dev/sda', 99 * GIB, false),
  ];

  it('is the contract', () => {
    const unknown = { model: null, serial: null, transport: null };
    expect(toResult(disks)).toEqual({
      disks: [
        {
          path: '/dev/sdb',
          stablePath: '/dev/disk/by-id/wwn-0x1',
          sizeBytes: 40 * GIB,
          model: 'ACME \u001b[2J',
          serial: 'S1',
          transport: 'sata',
          qualifies: true,
          reasons: [],
        },
        { path: '/dev/sdc', stablePath: null, sizeBytes: 20 * GIB, ...unknown, qualifies: true, reasons: [] },
        {
          path: '/dev/sda',
          stablePath: null,
          sizeBytes: 99 * GIB,
          ...unknown,
          qualifies: false,
          reasons: ['mounted: is mounted'],
        },
      ],
      chosen: '/dev/sdb',
    });
  });

  it('reads as text', () => {
    expect(discoverText(toResult(disks))).toBe(
      [
        '/dev/sdb      40G  qualifies, chosen  (/dev/disk/by-id/wwn-0x1)',
        '    "ACME \\u001b[2J", serial "S1", sata',
        '/dev/sdc      20G  qualifies',
        '/dev/sda      99G  no',
        '    mounted: is mounted',
        '',
        'For a new pool backing = "auto" takes /dev/sdb.',
      ].join('\n'),
    );
    expect(discoverText(toResult([]))).toContain('No disk qualifies');
  });
});
