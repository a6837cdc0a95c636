import { describe, expect, test } from 'vitest';
import { wordsFor } from '../../../src/volumes/words.js';

const volume = { dataset: 'bench-pool/_volumes/vm-data', id: '3f1c0a9be274' };
const drive = { drive: 'vdb', mode: 'rw' } as const;
const readOnly = { drive: 'vdc', mode: 'ro' } as const;
const device = '/dev/zvol/bench-pool/_volumes/vm-data';

/** A field of a schema: its type, or the values that it may have. */
type Field = 'string' | 'boolean' | 'integer' | readonly string[];

function expectFits(found: Record<string, unknown>, schema: Record<string, Field>, required: string[]): void {
  for (const key of required) expect(Object.keys(found)).toContain(key);
  for (const [key, value] of Object.entries(found)) {
    const field = schema[key];
    expect(field, key).toBeDefined();
    if (typeof field !== 'string') expect(field, key).toContain(value);
    else if (field === 'integer') expect(Number.isInteger(value), key).toBe(true);
    else expect(typeof value, key).toBe(field);
  }
}

describe('firecracker', () => {
  // The fields of `Drive` in src/firecracker/swagger/firecracker.yaml of v1.9.1 to August 2026.
  const DRIVE: Record<string, Field> = {
    drive_id: 'string',
    partuuid: 'string',
    is_root_device: 'boolean',
    cache_type: ['Unsafe', 'Writeback'],
    is_read_only: 'boolean',
    path_on_host: 'string',
    io_engine: ['Sync', 'Async'],
    socket: 'string',
  };

  test.each([drive, readOnly])('is told what its API calls a drive', (attachment) => {
    const body = JSON.parse(wordsFor('firecracker', volume, attachment));
    // The first two always; the other two for what is no vhost-user device.
    expectFits(body, DRIVE, ['drive_id', 'is_root_device', 'is_read_only', 'path_on_host']);
    expect(body).toMatchObject({
      drive_id: attachment.drive,
      path_on_host: device,
      is_root_device: false,
      is_read_only: attachment.mode === 'ro',
    });
  });
});

describe('cloud-hypervisor', () => {
  // What `--disk` takes, and as which field of `DiskConfig` (vmm/src/api/openapi/cloud-hypervisor.yaml, v50.1 to v53.0).
  const DISK: Record<string, Field> = {
    path: 'string',
    readonly: ['on', 'off'],
    direct: ['on', 'off'],
    iommu: ['on', 'off'],
    id: 'string',
    serial: 'string',
    image_type: ['raw', 'qcow2', 'vhd', 'vhdx'],
  };

  test.each([drive, readOnly])('is told what its --disk takes', (attachment) => {
    const [flag, value = '', ...rest] = wordsFor('cloud-hypervisor', volume, attachment).split(' ');
    expect(flag).toBe('--disk');
    expect(rest).toEqual([]);
    const options = Object.fromEntries(value.split(',').map((pair) => pair.split('=')));
    expectFits(options, DISK, ['path']);
    expect(options).toMatchObject({
      path: device,
      readonly: attachment.mode === 'ro' ? 'on' : 'off',
      image_type: 'raw',
      serial: volume.id,
    });
  });
});

describe('qemu', () => {
  // qapi/block-core.json: BlockdevOptions, and of host_device BlockdevOptionsFile.
  const BLOCKDEV: Record<string, Field> = {
    driver: ['host_device'],
    'node-name': 'string',
    filename: 'string',
    'read-only': ['on', 'off'],
    discard: ['ignore', 'unmap'],
    'cache.direct': ['on', 'off'],
    aio: ['threads', 'native', 'io_uring'],
  };

  test.each([drive, readOnly])('is told a node and the device on it', (attachment) => {
    const [blockdev = '', frontend = ''] = wordsFor('qemu', volume, attachment).split('\n');
    const options = Object.fromEntries(
      blockdev
        .replace('-blockdev ', '')
        .split(',')
        .map((pair) => pair.split('=')),
    );
    expectFits(options, BLOCKDEV, ['driver', 'filename', 'node-name']);
    expect(options).toMatchObject({ filename: device, 'read-only': attachment.mode === 'ro' ? 'on' : 'off' });
    // QEMU allows 31 characters in a node's name, and 20 in the serial number of a virtio disk.
    expect(options['node-name'].length).toBeLessThanOrEqual(31);
    expect(volume.id.length).toBeLessThanOrEqual(20);
    expect(frontend).toBe(`-device virtio-blk-pci,drive=${options['node-name']},serial=${volume.id}`);
  });
});

describe('libvirt', () => {
  test('is told a disk; its own schema judges it in test/guest/long/volumes-machines.test.ts', () => {
    expect(wordsFor('libvirt', volume, drive)).toBe(
      `<disk type='block' device='disk'>
  <driver name='qemu' type='raw' cache='none' io='native' discard='unmap'/>
  <source dev='${device}'/>
  <target dev='vdb' bus='virtio'/>
  <serial>${volume.id}</serial>
</disk>`,
    );
    expect(wordsFor('libvirt', volume, readOnly)).toContain('  <readonly/>\n  <shareable/>\n');
    expect(wordsFor('libvirt', volume, { drive: 'sda', mode: 'rw' })).toContain("dev='sda' bus='scsi'");
  });
});
