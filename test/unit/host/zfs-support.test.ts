import { expect, test } from 'vitest';
import { parseOsRelease, zfsInstallLines } from '../../../src/host/zfs-support.js';
import { fixture } from '../support/fixture.js';

const lines = (file: string, kernel: string) =>
  zfsInstallLines({ module: 'missing', kernel, distribution: parseOsRelease(fixture(`os-release/${file}`)) });

test('os-release of Debian and Ubuntu', () => {
  expect(parseOsRelease(fixture('os-release/debian-13'))).toEqual({
    id: 'debian',
    like: [],
    codename: 'trixie',
    name: 'Debian GNU/Linux 13 (trixie)',
  });
  expect(parseOsRelease(fixture('os-release/ubuntu-24.04'))).toEqual({
    id: 'ubuntu',
    like: ['debian'],
    codename: 'noble',
    name: 'Ubuntu 24.04.3 LTS',
  });
  expect(parseOsRelease('')).toEqual({ id: 'linux', like: [], codename: '', name: 'linux' });
});

test('Debian needs contrib, the headers of its flavour of kernel, and the module compiled', () => {
  expect(lines('debian-13', '6.12.107+deb13-cloud-amd64').slice(0, 3)).toEqual([
    "echo 'deb http://deb.debian.org/debian trixie contrib' | sudo tee /etc/apt/sources.list.d/contrib.list",
    'sudo apt-get update',
    'sudo apt-get install linux-headers-cloud-amd64 zfs-dkms zfsutils-linux',
  ]);
});

test.each([
  ['6.1.0-28-amd64', 'linux-headers-amd64'],
  ['6.1.0-28-rt-amd64', 'linux-headers-rt-amd64'],
  ['6.12.9+bpo-arm64', 'linux-headers-arm64'],
  ['6.6.1', 'linux-headers-6.6.1'],
])('the headers of kernel %s are in %s', (kernel, headers) => {
  expect(lines('debian-13', kernel)[2]).toContain(` ${headers} `);
});

test('Ubuntu and what is derived from it needs universe, for a kernel that came without the module', () => {
  const expected = 'sudo apt-get install linux-headers-6.8.0-51-kvm zfs-dkms zfsutils-linux';
  expect(lines('ubuntu-24.04', '6.8.0-51-kvm')).toContain(expected);
  const mint = parseOsRelease(
    'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
  );
  expect(mint.codename).toBe('noble');
  expect(zfsInstallLines({ module: 'missing', kernel: '6.8.0-51-kvm', distribution: mint })).toContain(
    expected,
  );
});

test('elsewhere it is told where to look', () => {
  const fedora = parseOsRelease('ID=fedora\nPRETTY_NAME="Fedora Linux 42"\n');
  expect(zfsInstallLines({ module: 'missing', kernel: '6.14', distribution: fedora })[0]).toContain(
    'openzfs.github.io',
  );
});
