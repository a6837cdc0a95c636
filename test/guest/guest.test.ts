import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { GuestCommandError } from '../../guest/errors.js';
import { silent } from '../../guest/progress.js';
import { sweepRuntimes } from '../../guest/runtime.js';
import { Ssh } from '../../guest/ssh.js';
import { startGuest } from '../../guest/start.js';
import { useGuest } from './support.js';

describe('a guest', () => {
  const guest = useGuest({
    label: 'guest.test',
    disks: [
      { size: '20G', serial: 'disk-a' },
      { size: '12G', serial: 'locked', readOnly: true },
      { size: '11G', format: 'ext4' },
    ],
  });

  test('has the disks that were asked for, in their order', async () => {
    const { stdout } = await guest().sh('lsblk -J -b -d -o NAME,SIZE,RO,SERIAL,FSTYPE');
    const { blockdevices } = JSON.parse(stdout);
    expect(blockdevices.slice(1)).toEqual([
      { name: 'vdb', size: 20 * 2 ** 30, ro: false, serial: 'disk-a', fstype: null },
      { name: 'vdc', size: 12 * 2 ** 30, ro: true, serial: 'locked', fstype: null },
      { name: 'vdd', size: 11 * 2 ** 30, ro: false, serial: null, fstype: 'ext4' },
    ]);
    await guest().sh('test -b /dev/disk/by-id/virtio-disk-a');
  });

  test('has the time of the host', async () => {
    const { stdout } = await guest().sh('date +%s');
    expect(Math.abs(Number(stdout) - Date.now() / 1000)).toBeLessThan(5);
  });

  test('is healthy, with the default MariaDB installed but disabled', async () => {
    const look = (what: string) => `systemctl ${what} || true`;
    const script = [look('is-system-running'), look('is-enabled mariadb'), look('is-active mariadb')];
    const { stdout } = await guest().sh(script.join('\n'));
    expect(stdout.split('\n')).toEqual(['running', 'disabled', 'inactive', '']);
  });

  test('tells of a failing command with all it said, and takes arguments as they are', async () => {
    const failing = guest().sh('echo out; echo err >&2; false; echo never');
    await expect(failing).rejects.toThrow(GuestCommandError);
    await expect(failing).rejects.toThrow(/exit status 1[\s\S]*out[\s\S]*err/);
    const odd = ['a b', "it's", '$HOME', '*', ''];
    expect((await guest().run(['printf', '%s\\n', ...odd])).stdout).toBe(`${odd.join('\n')}\n`);
    expect((await guest().sh('cat', { input: 'from outside' })).stdout).toBe('from outside');
  });

  test('takes and gives files', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'guest-files-'));
    try {
      writeFileSync(path.join(dir, 'one'), 'eins', { mode: 0o750 });
      await guest().push(path.join(dir, 'one'), '/srv/new dir/two');
      expect((await guest().sh("stat -c '%a %U' '/srv/new dir/two'")).stdout).toBe('750 root\n');
      await guest().push(dir, '/srv/tree');
      expect(await guest().read('/srv/tree/one')).toBe('eins');
      await guest().write('/srv/written/file', 'zwei');
      await guest().pull('/srv/written', dir);
      expect(readFileSync(path.join(dir, 'written/file'), 'utf8')).toBe('zwei');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('has ZFS; data outlives a power cut, and a disk that is gone is gone until it is back', async () => {
    await guest().sh('zpool create tank /dev/vdb; zfs create tank/shop; echo kept > /tank/shop/file; sync');
    await guest().reboot({ clean: false, without: ['disk-a'] });
    const gone = await guest().sh('lsblk -no SERIAL; zpool import -d /dev; ls /tank/shop', { check: false });
    expect(gone.stdout).not.toContain('disk-a');
    expect(gone.stdout).not.toContain('tank');
    expect(Math.abs(Number((await guest().sh('date +%s')).stdout) - Date.now() / 1000)).toBeLessThan(5);
    const back = guest().disks.find((disk) => disk.name === 'disk-a');
    expect(back?.attached).toBe(false);
    await guest().reboot();
    await guest().sh('zpool list tank || zpool import tank');
    expect(await guest().read('/tank/shop/file')).toBe('kept\n');
  });

  test('takes a disk while it runs, and loses it', async () => {
    const processors = (await guest().sh('nproc')).stdout;
    await guest().addDisk({ size: '10G', serial: 'late' });
    await guest().sh('test -b /dev/disk/by-id/virtio-late');
    await guest().removeDisk('late');
    await guest().sh('udevadm settle; test ! -e /dev/disk/by-id/virtio-late');
    expect((await guest().sh('nproc')).stdout).toBe(processors);
  });

  test('a command ends in time though the guest hangs', async () => {
    const { image, runtime, port, pid } = guest();
    process.kill(pid, 'SIGSTOP');
    try {
      const command = new Ssh(image, runtime, port).run(['true'], { timeoutMs: 1000 });
      await expect(command).rejects.toThrow('no end after 1000 ms of: true');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await guest().sh('true');
  }, 60_000);
});

test('a guest that panics fails what it was doing, with the end of its console', async () => {
  // QEMU stays up then, as a host does.
  await using guest = await startGuest({ machine: 'uml', label: 'panic' }, silent);
  const panic = guest.sh('echo c > /proc/sysrq-trigger', { timeoutMs: 60_000 });
  await expect(panic).rejects.toThrow(/The machine has ended[\s\S]*Kernel panic - not syncing: sysrq/);
  await expect(guest.sh('true')).rejects.toThrow('The machine has ended');
});

test('two guests at once are apart, and leave nothing', async () => {
  const guests = await Promise.all([
    startGuest({ disks: [{ size: '10G' }], label: 'one' }, silent),
    startGuest({ label: 'two' }, silent),
  ]);
  const [one, two] = guests;
  expect(one?.port).not.toBe(two?.port);
  await one?.write('/root/mark', 'one');
  expect((await two?.sh('ls /root/mark', { check: false }))?.exitCode).toBe(2);
  for (const guest of guests) {
    await guest.stop();
    expect(existsSync(guest.runtime)).toBe(false);
    await expect.poll(() => existsSync(`/proc/${guest.pid}`)).toBe(false);
  }
});

test('a guest whose process is killed outright ends with it, and its directory goes with the next start', async () => {
  const script =
    "import { startGuest } from './guest/start.js';" +
    "const { pid, runtime } = await startGuest({ label: 'killed' });" +
    'console.log(JSON.stringify({ pid, runtime })); setInterval(() => {}, 1000);';
  const owner = execa('node', ['--import', 'tsx', '--input-type=module', '--eval', script], {
    reject: false,
  });
  let killed: { pid: number; runtime: string } | undefined;
  for await (const line of owner) {
    killed = JSON.parse(line);
    owner.kill('SIGKILL');
  }
  await owner;
  if (!killed) throw new Error('the other process started no guest');
  const { pid, runtime } = killed;
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
  sweepRuntimes();
  expect(existsSync(runtime)).toBe(false);
});
