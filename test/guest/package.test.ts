import { expect, test } from 'vitest';
import { builtDeb } from '../../guest/start.js';
import type { Status } from '../../src/status/status.js';
import { benchJson, contentOf, fillBench } from './product.js';
import { KEEP_DOCUMENTATION, useGuest } from './support.js';

const guest = useGuest({ image: 'base', disks: [{ size: '20G', serial: 'disk-a' }] });

/** What dpkg has put on the disk, directories left out. */
let files: string[];

const install = () => guest().sh('apt-get install -y /root/bench.deb', { timeoutMs: 120_000 });

test('apt installs the package, which pulls in neither ZFS nor MariaDB', async () => {
  await guest().push((await builtDeb()) ?? '', '/root/bench.deb');
  await guest().sh(KEEP_DOCUMENTATION);
  const wants = await guest().sh('dpkg-deb --field /root/bench.deb Pre-Depends Depends Recommends');
  expect(wants.stdout).toBe('Depends: nodejs (>= 20), e2fsprogs, mount, rsync\n');
  await install();
  const { stdout } = await guest().sh('for f in $(dpkg -L bench); do [ -d "$f" ] || echo "$f"; done');
  files = stdout.trim().split('\n');
  expect(files.filter((file) => !file.startsWith('/usr/lib/bench/'))).toEqual([
    '/usr/lib/systemd/system/bench-metrics.service',
    '/usr/lib/systemd/system/bench-metrics.timer',
    '/usr/share/bash-completion/completions/bench',
    '/usr/share/doc/bench/THIRD-PARTY.gz',
    '/usr/share/doc/bench/changelog.gz',
    '/usr/share/doc/bench/copyright',
    '/usr/share/doc/bench/examples/grafana/bench.json',
    '/usr/share/doc/bench/examples/prometheus/bench.rules.test.yml',
    '/usr/share/doc/bench/examples/prometheus/bench.rules.yml',
    '/usr/share/fish/vendor_completions.d/bench.fish',
    '/usr/share/man/man1/bench.1.gz',
    '/usr/share/zsh/vendor-completions/_bench',
    '/usr/bin/bench',
  ]);
  const version = await guest().sh(
    'cd /; md5sum --quiet --check var/lib/dpkg/info/bench.md5sums; bench --version',
  );
  expect(version.stdout).toMatch(/^bench\/\d/);
});

test('bash completes the names of benches and the tags of snapshots', async () => {
  await guest().sh('bench new shop; bench init -b shop --yes; bench volume snapshot -b shop --tag monday', {
    timeoutMs: 280_000,
  });
  const { stdout } = await guest().sh(`source /usr/share/bash-completion/completions/bench
    COMP_WORDS=(bench volume restore-snapshot -b '') COMP_CWORD=4; _bench; echo "\${COMPREPLY[@]}"
    COMP_WORDS=(bench volume restore-snapshot -b shop '') COMP_CWORD=5; _bench; echo "\${COMPREPLY[@]}"`);
  expect(stdout).toBe('shop\nmonday\n');
});

test('purging it leaves nothing of the package, and benches and their data untouched', async () => {
  await fillBench(guest(), 'shop');
  const before = await contentOf(guest(), 'shop');
  await guest().sh('apt-get purge -y bench && apt-get autoremove -y', { timeoutMs: 120_000 });
  const left = await guest().sh(
    `ls -d ${files.join(' ')} /usr/lib/bench /usr/share/doc/bench 2>/dev/null || true`,
  );
  expect(left.stdout).toBe('');
  expect(await contentOf(guest(), 'shop')).toBe(before);
  const { stdout } = await guest().sh(
    'systemctl is-active mariadb@shop; command -v zpool rsync; ls /var/lib/bench/shop/host.json',
  );
  expect(stdout.trim().split('\n')).toEqual([
    'active',
    '/usr/sbin/zpool',
    '/usr/bin/rsync',
    '/var/lib/bench/shop/host.json',
  ]);
});

test('installed again it finds the bench as it was', async () => {
  await install();
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
});
