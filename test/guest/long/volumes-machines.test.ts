import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { AttachJson } from '../../../src/commands/volume/attach.js';
import { benchJson } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const LONG = { timeout: 900_000 };
const DEVICE = '/dev/zvol/bench-pool/_volumes/vm-data';
const volume = <T>(line: string) => benchJson<T>(guest(), ['volume', ...line.split(' ')]);
const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 600_000 })).stdout.trim();
const words = async (tool: string, flags = '') =>
  (await volume<AttachJson>(`attach vm-data --machine web1 --print ${tool} ${flags}`.trim())).words ?? '';

beforeAll(async () => {
  await guest().push(fileURLToPath(new URL('machine.sh', import.meta.url)), '/root/machine.sh');
  await sh(`zpool create -O mountpoint=/bench-pool bench-pool /dev/disk/by-id/virtio-pool-disk
    bench volume create vm-data 64M --type block; printf host | dd of=${DEVICE} conv=notrunc status=none
    apt-get -q update; bash /root/machine.sh
    apt-get -qy --no-install-recommends install libvirt-common libxml2-utils`);
}, 900_000);

/** Boots a kernel and an initramfs of Debian's with the volume as its second drive. The first holds nothing. */
async function boot(words: string): Promise<string> {
  const nothing = '-blockdev driver=null-co,node-name=root,size=1048576 -device virtio-blk-pci,drive=root';
  return sh(`cd /root/machine; qemu-system-x86_64 -nodefaults -display none -no-reboot -m 256 -serial stdio \
    -kernel kernel -initrd initrd -append 'console=ttyS0 panic=-1 quiet' ${nothing} ${words.replaceAll('\n', ' ')} \
    < /dev/null | tr -d '\\r'`);
}

test(
  'a machine boots with what qemu is told, and reads and writes the volume as /dev/vdb',
  LONG,
  async () => {
    const { volume: before } = await volume<AttachJson>('attach vm-data --machine web1');
    const printed = await boot(await words('qemu'));
    expect(printed).toContain(`serial ${before?.id} sectors 131072 ro 0\nread host\nwritten\nended`);
    expect(await sh(`dd if=${DEVICE} bs=512 skip=2048 count=1 status=none | head -1`)).toBe(
      'from the machine',
    );
    await volume('detach vm-data --machine web1');
  },
);

test('one that is attached read-only cannot write it', LONG, async () => {
  await sh(`dd if=/dev/zero of=${DEVICE} bs=512 seek=2048 count=1 conv=notrunc,fsync status=none`);
  await volume('attach vm-data --machine web1 --read-only');
  const printed = await boot(await words('qemu', '--read-only'));
  expect(printed).toMatch(/ro 1\nread host\nrefused\nended/);
  expect(await sh(`dd if=${DEVICE} bs=512 skip=2048 count=1 status=none | tr -d '\\0' | wc -c`)).toBe('0');
});

test("libvirt's own schema takes what it is told, and not what is wrong", async () => {
  const judge = async (disk: string) => {
    await guest().write(
      '/root/domain.xml',
      `<domain type='qemu'><name>web1</name><memory>65536</memory><os><type>hvm</type></os><devices>${disk}</devices></domain>`,
    );
    const { exitCode, stderr } = await guest().sh(
      'xmllint --noout --relaxng /usr/share/libvirt/schemas/domain.rng /root/domain.xml',
      { check: false },
    );
    return exitCode === 0 ? 'valid' : stderr;
  };
  const disk = await words('libvirt', '--read-only');
  expect(disk).toContain('<readonly/>');
  expect(await judge(disk)).toBe('valid');
  await volume('detach vm-data --machine web1');
  const writable = await words('libvirt', '--drive sdb');
  expect(writable).toContain("<target dev='sdb' bus='scsi'/>");
  expect(await judge(writable)).toBe('valid');
  expect(await judge(writable.replace("type='raw'", "type='none of them' kind='x'"))).not.toBe('valid');
});
