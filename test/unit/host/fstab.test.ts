import { describe, expect, test } from 'vitest';
import { appendLine, bindLine, parseFstab } from '../../../src/host/fstab.js';

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

test('a bind line waits for ZFS and never for a pool that is missing', () => {
  expect(bindLine('/bench-pool/shop/benches', '/srv/my benches/shop')).toBe(
    '/bench-pool/shop/benches /srv/my\\040benches/shop none ' +
      'bind,nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service 0 0',
  );
});
