import { expect, test } from 'vitest';
import type { ExportJson } from '../../src/commands/volume/export.js';
import type { ImportJson } from '../../src/commands/volume/import.js';
import { benchJson, type Failure } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const MIB = 1024 ** 2;
const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 280_000 })).stdout.trim();
const volume = <T>(line: string) => benchJson<T>(guest(), ['volume', ...line.split(' ')]);
const refused = async (exitCode: number, line: string) =>
  (await benchJson<Failure>(guest(), ['volume', ...line.split(' ')], exitCode)).error;
const device = (name: string) => `/dev/zvol/bench-pool/_volumes/${name}`;
const everything = () => sh('zfs list -H -t all -o name,guid -r bench-pool; ls -A /root/in');

test('an image becomes a block volume; the program for it is installed by a step', async () => {
  await sh(`zpool create -O mountpoint=/bench-pool bench-pool /dev/disk/by-id/virtio-pool-disk
    mkdir /root/in; cd /root/in; mke2fs -q -t ext4 disk.img 100M; mkdir files; echo hello > files/h`);
  const taken = await volume<ImportJson>('import /root/in/disk.img vm --size 200M --label from=old');
  expect(taken.steps.map(({ kind }) => kind)).toContain('packages.install');
  expect(taken.source).toEqual({ file: '/root/in/disk.img', kind: 'image', format: 'raw', bytes: 100 * MIB });
  expect(taken.volume).toMatchObject({ format: 'ext4', sizeBytes: 200 * MIB, labels: { from: 'old' } });
  const uuids = await sh(`blkid -s UUID -o value /root/in/disk.img ${device('vm')}`);
  expect(new Set(uuids.split('\n')).size).toBe(2);
  await sh(`mount ${device('vm')} /mnt; cp /root/in/files/h /mnt; sync`);
  expect(Number(await sh('df --output=size -B1M /mnt | tail -1'))).toBeGreaterThan(150);
});

test('it is written out as it is at a snapshot, while somebody goes on writing it, and comes back as it was', async () => {
  const written = await volume<ExportJson>('export vm /root/in/now.qcow2 --format qcow2');
  expect(written).toMatchObject({ format: 'qcow2', file: '/root/in/now.qcow2' });
  expect(written.bytes).toBeLessThan(20 * MIB);
  expect(await sh("stat -c '%a %U' /root/in/now.qcow2; ls -A /root/in")).toBe(
    '600 root\ndisk.img\nfiles\nnow.qcow2',
  );
  await volume('snapshot --volume vm --tag one');
  await sh('echo later > /mnt/h; sync; umount /mnt');
  await volume('export vm /root/in/one.img --format raw --snapshot one');
  await volume('import /root/in/now.qcow2 back --format raw');
  await sh(`mount -o ro ${device('back')} /mnt`);
  expect(
    await sh(
      'cat /mnt/h; umount /mnt; mount -o ro,loop,noload /root/in/one.img /mnt; cat /mnt/h; umount /mnt',
    ),
  ).toBe('hello\nhello');
  expect(await sh(`blkid -s UUID -o value ${device('back')}`)).toBe(
    await sh(`blkid -s UUID -o value ${device('vm')}`),
  );
  expect(await sh('zfs list -H -t all -o name -r bench-pool | grep export')).toBe('bench-pool/_exports');
});

test('an archive becomes a filesystem that a user of this host owns', async () => {
  await sh(`useradd frappe; cd /root/in/files; mkdir -p sub; ln -s ../h sub/l; ln h hard; chmod 4755 h
    for c in tar tar.gz tar.zst; do tar -caf ../a.$c .; done`);
  for (const packed of ['tar', 'tar.gz', 'tar.zst'])
    await volume<ImportJson>(
      `import /root/in/a.${packed} files-${packed.replaceAll('.', '-')} --owner frappe --size 1GB`,
    );
  await sh('zfs mount bench-pool/_volumes/files-tar-zst');
  expect(
    await sh(`cd /bench-pool/_volumes/files-tar-zst/data; cat sub/l; find . -printf '%y %m %u %P %n\\n' | sort
      cd /; zfs unmount bench-pool/_volumes/files-tar-zst`),
  ).toBe(
    'hello\nd 755 frappe  3\nd 755 frappe sub 2\nf 755 frappe h 2\nf 755 frappe hard 2\nl 777 frappe sub/l 1'.replace(
      'later',
      'hello',
    ),
  );
});

test('what could read or write elsewhere, or does not fit, is refused before anything is made', async () => {
  await sh(`cd /root/in; qemu-img create -q -f qcow2 -b /etc/shadow -F raw backing.qcow2
    qemu-img create -q -f qcow2 -o data_file=/root/in/data.raw external.qcow2 10M
    mkdir out; ln -s /etc out/etc; tar cf link.tar out; su frappe -c 'ln -s /etc/shadow /tmp/mine'`);
  const before = await everything();
  const codes: string[] = [];
  for (const line of [
    'backing.qcow2 x',
    'external.qcow2 x',
    'link.tar x',
    'now.qcow2 x --size 100M',
    'now.qcow2 vm',
  ])
    codes.push((await refused(3, `import /root/in/${line}`)).code);
  codes.push((await refused(3, 'import /tmp/mine x --type block')).code);
  codes.push((await refused(3, 'export vm /root/in/now.qcow2 --format raw')).code);
  expect(codes).toEqual([
    ...['image-refused', 'image-refused', 'archive-refused', 'volume-too-small', 'volume-exists'],
    ...['symlink-refused', 'file-exists'],
  ]);
  expect(await everything()).toBe(before);
});
