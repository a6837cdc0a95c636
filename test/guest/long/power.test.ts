import { expect, test } from 'vitest';
import { useGuest } from '../support.js';

/** What `npm run prove` relies on where it cuts the power. */
const guest = useGuest({ losesUnflushed: true, disks: [{ size: '1G', serial: 'cut' }] });

const DISK = '/dev/disk/by-id/virtio-cut';

test('a power cut loses what a disk was not told to flush, and only that', async () => {
  // Past the page cache: the disk has both, and was asked to keep the first one.
  await guest().sh(`head -c 4096 /dev/zero | tr '\\0' a > /root/a; head -c 4096 /dev/zero | tr '\\0' b > /root/b
    dd if=/root/a of=${DISK} bs=4096 seek=1 oflag=direct conv=fsync
    dd if=/root/b of=${DISK} bs=4096 seek=2 oflag=direct conv=notrunc`);
  const read = async () => {
    const { stdout } = await guest().sh(
      `dd if=${DISK} bs=4096 skip=1 count=2 iflag=direct 2> /dev/null | tr '\\0' - | fold -w 4096 | cut -c1`,
    );
    return stdout.trim().split('\n');
  };
  expect(await read()).toEqual(['a', 'b']);
  await guest().reboot({ clean: false });
  expect(await read()).toEqual(['a', '-']);
});
