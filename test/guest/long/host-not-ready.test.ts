import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import { runBeside } from '../beside.js';
import { benchJson, type Failure } from '../product.js';
import { useGuest } from '../support.js';

// QEMU: what is to be installed is named after Debian's own kernel.
const guest = useGuest({ image: 'product', machine: 'qemu', disks: [{ size: '20G', serial: 'pool-disk' }] });

const HOLD_BACK = '/etc/systemd/system/mariadb.service.d/50-bench-install.conf';

beforeAll(async () => {
  await guest().run(['bench', 'new', 'shop']);
  for (const file of ['container.sh', 'repack.sh'])
    await guest().push(fileURLToPath(new URL(file, import.meta.url)), `/root/${file}`);
});

const refusal = async (...flags: string[]) =>
  (await benchJson<Failure>(guest(), ['init', '-b', 'shop', ...flags], 3)).error;

describe('before anything happens init refuses', () => {
  test('a container, even one with a systemd of its own', async () => {
    const { stdout } = await guest().sh(`pid=$(sh /root/container.sh); cd /
      run() { nsenter --target $pid --mount --pid --uts --ipc --cgroup --root --wd=/ "$@"; }
      run ls -d /run/systemd/system; run bench init -b shop --json || echo "exit $?"; kill -KILL $pid`);
    const [, systemd, json = '', code] = /^(\/run\/systemd\/system)\n(.*)\n(exit \d)\n$/s.exec(stdout) ?? [];
    expect([systemd, code], stdout).toEqual(['/run/systemd/system', 'exit 3']);
    expect((JSON.parse(json) as Failure).error).toMatchObject({ code: 'in-container' });
  });

  test('a host whose init is not systemd', async () => {
    const { stdout } = await guest().sh(
      'unshare --mount sh -c "mount -t tmpfs tmpfs /run; bench init -b shop --json" || echo "exit $?"',
    );
    expect(stdout).toMatch(/"code": "no-systemd".*exit 3/s);
  });

  test('a user who is not root, and says how to become it', async () => {
    const asUser = `id -u plain 2>/dev/null || useradd -m plain; cd /; runuser -u plain -- bench init -b shop --json`;
    const { stdout } = await guest().sh(`${asUser} || echo "exit $?"
      mv /usr/bin/sudo /usr/bin/sudo.away; ${asUser} || echo "exit $?"; mv /usr/bin/sudo.away /usr/bin/sudo`);
    expect(stdout).toMatch(/"code": "not-root".*"sudo bench init -b shop --json".*exit 3/s);
    expect(stdout).toMatch(/There is no sudo here.*su -c 'bench init -b shop --json'.*exit 3/s);
  });
});

describe('without ZFS', () => {
  const UBUNTU = fileURLToPath(new URL('../../fixtures/os-release/ubuntu-24.04', import.meta.url));

  test('a module that is only not loaded is loaded', async () => {
    await guest().sh('systemctl stop zfs-zed; modprobe -r zfs; test ! -e /sys/module/zfs');
    const plan = await benchJson<{ steps: { kind: string; commands: string[][] }[] }>(guest(), [
      'init',
      '-b',
      'shop',
      '--dry-run',
    ]);
    expect(plan.steps).toMatchObject([{ kind: 'module.load', commands: [['modprobe', 'zfs']] }]);
    expect((await guest().sh('ls /sys/module')).stdout.split('\n')).not.toContain('zfs');
  });

  test('one that the kernel does not take is told with what modprobe says', async () => {
    await guest().sh('M=$(modinfo -n zfs); cp $M /root/module; head -c 1000000 /root/module > $M');
    const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 1);
    expect(error).toMatchObject({ code: 'zfs-module-refused', command: ['modprobe', 'zfs'] });
    expect(error.stderr).toContain("could not insert 'zfs'");
  });

  test('a kernel that has none is told apart from missing programs, with the lines to type', async () => {
    await guest().sh('M=$(modinfo -n zfs); echo $M > /root/where; rm $M; depmod');
    const module = await refusal();
    expect(module.code).toBe('zfs-module-missing');
    // Debian has it in both directories.
    await guest().sh('for d in bin sbin; do mv /usr/$d/zpool /usr/$d/zpool.away; done');
    const both = await refusal();
    expect(both.code).toBe('zfs-missing');
    for (const args of [['status'], ['list-snapshots'], ['snapshot']]) {
      const { error } = await benchJson<Failure>(guest(), ['volume', ...args, '-b', 'shop'], 1);
      expect(error.suggestions.join(), error.message).toContain('sudo bench init -b');
    }
    for (const { suggestions } of [module, both]) {
      expect(suggestions).toContain('sudo apt-get install linux-headers-cloud-amd64 zfs-dkms zfsutils-linux');
      expect(suggestions.join('\n')).toContain('debian trixie contrib');
    }
    await guest().push(UBUNTU, '/root/os-release');
    await guest().sh('mount --bind /root/os-release /etc/os-release');
    expect((await refusal()).suggestions.join('\n')).toContain('add-apt-repository --yes universe');
    await guest().sh('umount /etc/os-release');
  });

  test('the lines are for packages that Debian has, and the module is loaded by init', async () => {
    await guest().sh(
      'for d in bin sbin; do mv /usr/$d/zpool.away /usr/$d/zpool; done; cp /root/module $(cat /root/where); depmod',
    );
    // Ends where it is to: at a disk that is too large for the machine.
    await guest().sh(
      'bench config set volume.image.size 900G -b shop; bench config set volume.backing image -b shop',
    );
    expect((await refusal()).code).toMatch(/image/);
    await guest().sh('test -e /sys/module/zfs');
  });
});

describe('without MariaDB', () => {
  beforeAll(async () => {
    await guest().sh(
      `export DEBIAN_FRONTEND=noninteractive; echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/test
      sh /root/repack.sh /root/repository mariadb-server
      dpkg --purge mariadb-server; rm -r /var/lib/mysql; systemctl daemon-reload`,
      { timeoutMs: 280_000 },
    );
    await guest().write(
      '/root/hold.py',
      'import fcntl, sys\nf = open(sys.argv[1], "r+")\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint("held", flush=True)\nsys.stdin.read()\n',
    );
  });

  const service = async () =>
    (
      await guest().sh(`systemctl show -p UnitFileState,ActiveState,ExecMainStartTimestamp mariadb.service
        ls ${HOLD_BACK} 2> /dev/null || true`)
    ).stdout
      .trim()
      .split('\n')
      .sort();

  test('apt that fails is told with its stderr, and nothing is half done', async () => {
    await guest().sh('mv /root/repository/Packages /root/Packages; : > /root/repository/Packages');
    const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 1);
    expect(error.code).toBe('packages-not-installed');
    expect(error.stderr).toMatch(/E: .*mariadb-server/);
    await guest().sh('mv /root/Packages /root/repository/Packages');
  });

  test('it is installed as soon as somebody else has given apt back; killed then, nothing has started', async () => {
    const init = `python3 /root/hold.py /var/lib/dpkg/lock-frontend < <(
        until grep -q Waiting /tmp/err; do sleep 0.2; done) & rm -f /tmp/err; touch /tmp/err
      bench init -b shop 2> /tmp/err`;
    const kill = '[ "$1" = disable ] && { kill -9 $PPID; exit 1; }; exec /usr/bin/systemctl "$@"';
    const { exitCode } = await runBeside(guest(), 'systemctl', kill, init);
    expect(exitCode).toBe(137);
    const told = await guest().read('/tmp/err');
    expect(told).toMatch(/Waiting: python3 \(pid \d+\) holds \/var\/lib\/dpkg\/lock-frontend/);
    expect(told).toMatch(/ s {2}Install mariadb-server, without starting the default instance/);
    expect(await service()).toEqual([
      HOLD_BACK,
      'ActiveState=inactive',
      'ExecMainStartTimestamp=',
      'UnitFileState=enabled',
    ]);
  });

  test('the next init disables the default instance, and leaves nothing behind', async () => {
    expect((await refusal()).code).toMatch(/image/);
    expect(await service()).toEqual([
      'ActiveState=inactive',
      'ExecMainStartTimestamp=',
      'UnitFileState=disabled',
    ]);
    const plan = await guest().sh(`bench init -b shop --dry-run || true; apt-get ${quote('check')}`);
    expect(plan.stdout).not.toContain('Install');
  });
});
