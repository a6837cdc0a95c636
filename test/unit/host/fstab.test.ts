import { describe, expect, test } from 'vitest';
import {
  addOptionsToBytes,
  appendLine,
  appendToBytes,
  bindLine,
  missingOptions,
  parseFstab,
} from '../../../src/host/fstab.js';

describe('parseFstab', () => {
  test('reads tabs, escapes, missing options and CRLF; passes over comments, blanks and broken lines', () => {
    const text =
      '# comment\r\n\r\nUUID=1\t/\text4\tdefaults\t0 1\r\n/a\\040b /c\\040d none bind 0 0\r\nbroken\r\n/dev/sdb /x xfs';
    expect(parseFstab(text)).toEqual([
      { source: 'UUID=1', target: '/', fstype: 'ext4', options: 'defaults' },
      { source: '/a b', target: '/c d', fstype: 'none', options: 'bind' },
      { source: '/dev/sdb', target: '/x', fstype: 'xfs', options: 'defaults' },
    ]);
  });

  test.each([
    ['/srv/benches/shop/', '/srv/benches/shop'],
    ['/srv//benches///shop//', '/srv/benches/shop'],
    ['///srv/benches/shop', '/srv/benches/shop'],
    ['/srv/./benches/shop/.', '/srv/benches/shop'],
    ['/srv/.benches./shop', '/srv/.benches./shop'],
    ['/', '/'],
    ['//', '/'],
    ['none', 'none'],
  ])('%s is %s', (written, path) => {
    expect(parseFstab(`/x ${written} none bind`)).toMatchObject([{ target: path }]);
  });

  test('a source is such a path, too, but not a share of the network', () => {
    const text = '/pool//shop/ /a none bind\n//nas/share/ /b cifs\n';
    expect(parseFstab(text).map(({ source }) => source)).toEqual(['/pool/shop', '//nas/share/']);
  });
});

describe('appendLine', () => {
  test.each([
    ['', 'new\n'],
    ['old\n', 'old\nnew\n'],
    ['old without newline', 'old without newline\nnew\n'],
    ['old\r\n', 'old\r\nnew\r\n'],
    ['old\r\nlast', 'old\r\nlast\r\nnew\r\n'],
  ])('keeps every byte of %j', (before, after) => {
    expect(appendLine(before, 'new')).toBe(after);
  });
});

test('bytes that are no UTF-8 stay as they are', () => {
  const before = Buffer.from('# f\u00fcr\n', 'latin1');
  expect(appendToBytes(before, '/ä')).toEqual(Buffer.concat([before, Buffer.from('/ä\n')]));
});

test('a bind line waits for ZFS and never for a pool that is missing', () => {
  expect(bindLine('/bench-pool/shop/benches', '/srv/my benches/shop')).toBe(
    '/bench-pool/shop/benches /srv/my\\040benches/shop none ' +
      'bind,nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service 0 0',
  );
});

describe('options that a line has lost', () => {
  const [source, target] = ['/bench-pool/shop/benches', '/srv/mein büro/shop'];
  const whole = bindLine(source, target);
  const options = [
    'bind',
    'nofail',
    'x-systemd.requires=zfs-mount.service',
    'x-systemd.after=zfs-mount.service',
  ];

  test.each<[line: string, missing: string[], mended: string]>([
    [whole, [], whole],
    [whole.replace('nofail,', ''), ['nofail'], whole.replace('nofail,', '').replace(' 0 0', ',nofail 0 0')],
    [
      '/bench-pool/shop/benches/\t/srv//mein\\040büro/shop  none\tdefaults,noatime 0\t0 ',
      options,
      `/bench-pool/shop/benches/\t/srv//mein\\040büro/shop  none\tdefaults,noatime,${options.join(',')} 0\t0 `,
    ],
    [
      ' /bench-pool/shop/benches /srv/mein\\040büro/shop none',
      options,
      ` /bench-pool/shop/benches /srv/mein\\040büro/shop none ${options.join(',')}`,
    ],
  ])('%j', (line, missing, mended) => {
    expect(parseFstab(line).flatMap(missingOptions)).toEqual(missing);
    const bytes = (text: string, eol: string) =>
      Buffer.concat([
        Buffer.from('# f\u00fcr\n', 'latin1'),
        Buffer.from(`/bench-pool/shop/benches /elsewhere none bind${eol}${text}${eol}\n# end`),
      ]);
    for (const eol of ['\n', '\r\n'])
      expect(addOptionsToBytes(bytes(line, eol), source, target)).toEqual(bytes(mended, eol));
  });
});

/** Files as installers and people leave them. */
const REAL_WORLD: Record<string, string> = {
  'Debian installer': `# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
# / was on /dev/sda2 during installation
UUID=5f1c0f3a-6c43-4c0e-9a35-0a2f1f1d7a11 /               ext4    errors=remount-ro 0       1
UUID=7A3B-19F2  /boot/efi       vfat    umask=0077      0       1
/dev/sr0        /media/cdrom0   udf,iso9660 user,noauto     0       0
`,
  'Ubuntu cloud image':
    'LABEL=cloudimg-rootfs\t/\t ext4\tdiscard,commit=30,errors=remount-ro\t0 1\n' +
    'LABEL=UEFI\t/boot/efi\tvfat\tumask=0077\t0 1\n/swap.img\tnone\tswap\tsw\t0\t0',
  'edited by hand': `
   # indented comment

//nas/share  /mnt/nas\\040share  cifs  credentials=/root/.nas,_netdev  0 0
/dev/sdb1 /data xfs
/dev/sdc1 /data xfs noauto
tmpfs /tmp tmpfs size=1G\t

# no newline at the end`,
};

test.each(Object.entries(REAL_WORLD))('an fstab of a %s keeps every byte and gains one entry', (_, text) => {
  for (const before of [text, text.replaceAll('\n', '\r\n')]) {
    const after = appendLine(before, bindLine('/bench-pool/shop/benches', '/srv/benches/shop'));
    expect(after.startsWith(before)).toBe(true);
    expect(parseFstab(after).slice(0, -1)).toEqual(parseFstab(before));
    expect(parseFstab(after).at(-1)).toMatchObject({ source: '/bench-pool/shop/benches', fstype: 'none' });
    expect(after.replaceAll('\r\n', '').includes('\r')).toBe(false);
    expect(appendLine(after, 'x').split('\n').at(-2)?.replace('\r', '')).toBe('x');
  }
});
