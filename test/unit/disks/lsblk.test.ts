import { describe, expect, it } from 'vitest';
import { LSBLK_COLUMNS, lsblkArgv, parseLsblk, readBlockDevices } from '../../../src/disks/lsblk.js';
import type { BlockDevice } from '../../../src/disks/types.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const row = (fields: Record<string, unknown>) => {
  const [device] = parseLsblk(JSON.stringify({ blockdevices: [fields] }));
  if (device === undefined) throw new Error('no row');
  return device;
};
const find = (devices: BlockDevice[], kname: string) => devices.find((device) => device.kname === kname);
const shape = (devices: BlockDevice[]): unknown[] =>
  devices.map(({ kname, children }) => [kname, ...shape(children)]);

describe('parseLsblk', () => {
  it('reads what util-linux 2.41 prints', () => {
    const devices = parseLsblk(fixture('lsblk/nested-2.41.json'));
    expect(devices).toHaveLength(31);
    expect(find(devices, 'vdc')).toEqual({
      name: 'vdc',
      kname: 'vdc',
      path: '/dev/vdc',
      pkname: null,
      type: { value: 'disk' },
      sizeBytes: { value: 40 * 1024 ** 3 },
      readOnly: { value: false },
      removable: { value: false },
      hotplug: { value: false },
      transport: { value: 'virtio' },
      fsType: { value: null },
      partitionTable: { value: null },
      mountpoints: { value: [] },
      serial: { value: 'CLEAN40' },
      wwn: { value: null },
      model: null,
      rotational: true,
      discardMaxBytes: 2147483136,
      children: [],
    });
    expect(find(devices, 'vdh')?.mountpoints).toEqual({ value: ['/mnt/h2', '/mnt/h'] });
    expect(find(devices, 'vdo')?.mountpoints).toEqual({ value: ['[SWAP]'] });
    expect(find(devices, 'vde')?.readOnly).toEqual({ value: true });
    expect(find(devices, 'sda')?.wwn).toEqual({ value: '0x33333330000036b0' });
    expect(find(devices, 'vdi')?.children.map((child) => [child.kname, child.path])).toEqual([
      ['dm-0', '/dev/mapper/vg0-data'],
    ]);
  });

  it('puts flat rows below the parent that pkname names', () => {
    const nested = parseLsblk(fixture('lsblk/nested-2.41.json'));
    // The flat list names md0 once, below the last of its two disks.
    const first = find(nested, 'vdj');
    if (first !== undefined) first.children = [];
    expect(shape(parseLsblk(fixture('lsblk/flat-2.41.json')))).toEqual(shape(nested));
  });

  it('puts partitions below their disk where lsblk says neither by nesting nor by pkname', () => {
    const names = [
      'sda',
      'sda1',
      'sdaa',
      'sdaa12',
      'nvme0n1',
      'nvme0n1p1',
      'nvme0n1p10',
      'sdb2',
      'loop0',
      'loop0p1',
    ];
    const type = (name: string) => (/^(sdaa?|nvme0n1|loop0)$/.test(name) ? 'disk' : 'part');
    const blockdevices = names.map((name) => ({ name, type: type(name) }));
    // The disk of sdb2 is not listed: no disk becomes of it.
    expect(shape(parseLsblk(JSON.stringify({ blockdevices })))).toEqual([
      ['sda', ['sda1']],
      ['sdaa', ['sdaa12']],
      ['nvme0n1', ['nvme0n1p1'], ['nvme0n1p10']],
      ['loop0', ['loop0p1']],
    ]);
  });

  it('reads strings, a single mountpoint and rows without a path', () => {
    const devices = parseLsblk(fixture('lsblk/strings-2.31.derived.json'));
    expect(find(devices, 'vdb')).toMatchObject({
      path: '/dev/vdb',
      sizeBytes: { value: 20 * 1024 ** 3 },
      readOnly: { value: false },
      rotational: true,
      mountpoints: { value: [] },
      discardMaxBytes: null,
    });
    expect(find(devices, 'vde')?.readOnly).toEqual({ value: true });
    expect(find(devices, 'vdh')?.mountpoints).toEqual({ value: ['/mnt/h2'] });
    expect(find(devices, 'vdo')?.mountpoints).toEqual({ value: ['[SWAP]'] });
    expect(find(devices, 'vdf')?.children.map((child) => child.path)).toEqual(['/dev/vdf1', '/dev/vdf2']);
  });

  it('reads a machine without udev', () => {
    const devices = parseLsblk(fixture('lsblk/no-udev-2.38.json'));
    expect(find(devices, 'vda')).toMatchObject({
      fsType: { value: null },
      mountpoints: { value: ['/srv/copy', '/'] },
    });
  });

  it.each([
    [true, { value: true }],
    ['1', { value: true }],
    [1, { value: true }],
    [false, { value: false }],
    ['0', { value: false }],
    [0, { value: false }],
  ])('takes ro=%j', (ro, expected) => {
    expect(row({ name: 'sdb', ro }).readOnly).toEqual(expected);
  });

  it.each([null, '', 'yes', 2, {}])('does not know ro=%j', (ro) => {
    expect(row({ name: 'sdb', ro }).readOnly).toHaveProperty('unknown');
  });

  it.each([null, '', '40G', '1.5', -1, 1.5, 2 ** 60, '0x10', true, []])('does not know size=%j', (size) => {
    expect(row({ name: 'sdb', size }).sizeBytes).toHaveProperty('unknown');
  });

  it('takes blank text for none, and nothing else for text', () => {
    expect(row({ name: 'sdb', serial: '   ', wwn: '', fstype: null })).toMatchObject({
      serial: { value: null },
      wwn: { value: null },
      fsType: { value: null },
    });
    expect(row({ name: 'sdb', fstype: 7 }).fsType).toHaveProperty('unknown');
    expect(row({ name: 'sdb', mountpoints: [null, 7] }).mountpoints).toHaveProperty('unknown');
    expect(row({ name: 'sdb', type: null }).type).toHaveProperty('unknown');
  });

  it('says of every column that is missing that it is unknown', () => {
    const device = row({ name: 'sdb' });
    for (const key of ['type', 'sizeBytes', 'readOnly', 'fsType', 'partitionTable', 'mountpoints'] as const) {
      expect(device[key]).toHaveProperty('unknown', expect.stringContaining('has no column'));
    }
    expect(device.serial).toHaveProperty('unknown');
    expect(device.wwn).toHaveProperty('unknown');
  });

  it.each(['', 'lsblk: no', '[]', '{"blockdevices":{}}', '{"blockdevices":[null]}', '{"blockdevices":[{}]}'])(
    'does not accept %j',
    (stdout) => {
      expect(() => parseLsblk(stdout)).toThrowError(expect.objectContaining({ code: 'unexpected-output' }));
    },
  );

  it('does not hang on rows that name one another', () => {
    const rows = [
      { name: 'sda', pkname: 'sdb' },
      { name: 'sdb', pkname: 'sda' },
      { name: 'sdc', pkname: 'sdc' },
    ];
    expect(() => parseLsblk(JSON.stringify({ blockdevices: rows }))).toThrowError(/form a circle/);
  });
});

describe('readBlockDevices', () => {
  const without = (...missing: string[]) => LSBLK_COLUMNS.filter((column) => !missing.includes(column));
  const refuse = (column: string, columns: readonly string[]) => ({
    argv: lsblkArgv(columns),
    exitCode: 1,
    stderr: fixture('lsblk/unknown-column.stderr').replace('NOSUCH', column),
  });

  it('asks once where every column is known', async () => {
    const runner = new ScriptedRunner([
      { argv: lsblkArgv(LSBLK_COLUMNS), stdout: fixture('lsblk/nested-2.41.json') },
    ]);
    expect(await readBlockDevices(runner)).toHaveLength(31);
    expect(runner.commands[0]?.privileged).toBeUndefined();
  });

  it('asks an older lsblk for MOUNTPOINT and leaves out what it does not know', async () => {
    const older = LSBLK_COLUMNS.map((column) => (column === 'MOUNTPOINTS' ? 'MOUNTPOINT' : column));
    const oldest = older.filter((column) => column !== 'PATH');
    const runner = new ScriptedRunner([
      refuse('MOUNTPOINTS', LSBLK_COLUMNS),
      refuse('PATH', older),
      { argv: lsblkArgv(oldest), stdout: fixture('lsblk/strings-2.31.derived.json') },
    ]);
    expect(await readBlockDevices(runner)).toHaveLength(7);
    expect(runner.commands).toHaveLength(3);
  });

  it('gives up on any other failure', async () => {
    const failing = (stderr: string) =>
      new ScriptedRunner([{ argv: lsblkArgv(LSBLK_COLUMNS), exitCode: 1, stderr }]);
    const failure = expect.objectContaining({ code: 'command-failed' });
    await expect(readBlockDevices(failing('lsblk: failed to access sysfs'))).rejects.toThrowError(failure);
    await expect(readBlockDevices(failing('lsblk: unknown column: NOSUCH'))).rejects.toThrowError(failure);
    expect(without('PATH')).not.toContain('PATH');
  });
});
