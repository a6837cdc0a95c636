import { beforeAll, describe, expect, it } from 'vitest';
import type { DiscoverResult } from '../../src/disks/disks.js';
import type { Status } from '../../src/status/status.js';
import { runBeside } from './beside.js';
import { CASES, makeDisks } from './disks-in-every-state.js';
import { benchJson, type Failure } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: CASES.map((entry) => entry.disk) });
/** Where each disk of the list is. */
let paths: string[];
/** The path of the first disk of that serial; '' for the one without. */
const pathOf = (serial: string) =>
  paths[CASES.findIndex((entry) => (entry.disk.serial ?? '') === serial)] ?? '';

beforeAll(async () => {
  paths = await makeDisks(guest());
});

async function discover(): Promise<DiscoverResult> {
  return JSON.parse((await guest().run(['bench', 'volume', 'discover', '--json'])).stdout);
}
const codes = (result: DiscoverResult) =>
  Object.fromEntries(
    result.disks.map((found) => [found.path, found.reasons.map((reason) => reason.split(':')[0])]),
  );

describe('a machine with a disk in every state', () => {
  it('chooses the larger clean disk and refuses every other one for the right reasons', async () => {
    const result = await discover();
    const found = codes(result);
    expect(result.chosen).toBe(pathOf('CLEAN40'));
    expect(CASES.map(({ disk: { serial } }, index) => [serial, found[paths[index] ?? '']])).toEqual(
      CASES.map(({ disk: { serial }, reasons }) => [serial, reasons]),
    );
    expect(found['/dev/vda']).toContain('mounted');
    expect(found['/dev/zram0']).toEqual(['unknown-kind']);
    expect(found['/dev/nullb0']).toEqual(['unknown-kind']);
    expect(found['/dev/loop0']).toEqual(['not-a-disk', 'unknown-kind']);
  });

  it('does not choose a disk that can be pulled out, and takes it where it is named', async () => {
    const stick = (await discover()).disks.find(({ model }) => model === 'scsi_debug');
    expect(stick).toMatchObject({ sizeBytes: 100 * GIB, qualifies: false });
    expect(stick?.reasons.map((reason) => reason.split(':')[0])).toEqual(['removable']);
    await guest().sh(`bench new stick
      bench config set volume.device ${stick?.path} -b stick; bench config set volume.backing device -b stick`);
    const { stdout } = await guest().run(['bench', 'init', '-b', 'stick', '--dry-run']);
    expect(stdout).toContain('can be pulled out, and the pool with it: it is used because it is named.');
    expect(stdout).toMatch(/Create pool bench-pool on \S+ \("scsi_debug", serial "\d+"\)/);
    await guest().sh('rm -r /srv/benches/stick');
  });

  it('knows stable names, and that a disk without a serial has none', async () => {
    const { disks } = await discover();
    const stable = (name: string) => disks.find((found) => found.path === name)?.stablePath;
    expect(stable(pathOf('CLEAN40'))).toBe('/dev/disk/by-id/virtio-CLEAN40');
    expect(stable(pathOf(''))).toBeNull();
  });

  it('prints the same for a person', async () => {
    const { stdout } = await guest().run(['bench', 'volume', 'discover']);
    expect(stdout).toMatch(/ 40G {2}qualifies, chosen {2}\(\/dev\/disk\/by-id\/virtio-CLEAN40\)$/m);
    expect(stdout).toMatch(/^ {4}in-importable-pool: .*exported$/m);
  });

  it('lets nothing qualify for a user who cannot become root', async () => {
    await guest().sh('id -u plain 2>/dev/null || useradd -m plain');
    const { stdout } = await guest().sh('cd /; runuser -u plain -- bench volume discover --json');
    const result = JSON.parse(stdout) as DiscoverResult;
    expect(result.chosen).toBeNull();
    expect(codes(result)[pathOf('CLEAN40')]).toEqual(['needs-root']);
  });

  it('finds the same for a user with sudo', async () => {
    await guest().sh(
      'id -u admin 2>/dev/null || useradd -m admin; echo "admin ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/admin',
    );
    const { stdout } = await guest().sh('cd /; runuser -u admin -- bench volume discover --json');
    expect(codes(JSON.parse(stdout))).toEqual(codes(await discover()));
  });
});

interface Plan {
  steps: { kind: string; title: string }[];
}

const CLEAN40 = '/dev/disk/by-id/virtio-CLEAN40';
const GIB = 1024 ** 3;

const pools = async () => (await guest().sh('zpool list -H -o name')).stdout.trim().split('\n');
const refusal = async (args: string[], exitCode = 3) =>
  (await benchJson<Failure>(guest(), ['init', ...args], exitCode)).error;

describe('bench init on such a machine', () => {
  it('does not touch a disk that gets a file system between choosing and creating', async () => {
    await guest().run(['bench', 'new', 'shop']);
    const run = await runBeside(
      guest(),
      'chattr',
      `mkdir /root/once 2>/dev/null && mkfs.ext4 -q -L theirs ${CLEAN40}; exec /usr/bin/chattr "$@"`,
      'bench init -b shop --json',
    );
    // A mount point was made by then, so that it does not say that nothing was changed.
    expect(run.exitCode).toBe(1);
    expect((JSON.parse(run.stdout) as Failure).error).toMatchObject({
      code: 'disk-not-free',
      message: expect.stringMatching(/carries data: ext4 "theirs".*What was done before stays/s),
    });
    expect(await pools()).toEqual(['imported']);
    await guest().sh(`e2fsck -fn ${CLEAN40}; test "$(blkid -o value -s LABEL ${CLEAN40})" = theirs`);
  });

  it('chooses none when the clean disks are gone', async () => {
    const clean = CASES.flatMap(({ reasons }, index) => (reasons.length === 0 ? [paths[index]] : []));
    await guest().sh(`for d in ${clean.join(' ')}; do mkfs.ext4 -q $d; done; udevadm settle`);
    const result = await discover();
    expect(result.chosen).toBeNull();
    expect(result.disks.filter((found) => found.qualifies)).toEqual([]);
    await guest().run(['bench', 'new', 'books']);
    const plan = await benchJson<Plan>(guest(), ['init', '-b', 'books', '--dry-run']);
    expect(plan.steps.map(({ kind }) => kind)).toContain('image.create');
  });

  it('says what a disk with something on it needs, and clears nothing unasked, or in use', async () => {
    const { code, suggestions } = await refusal(['-b', 'shop']);
    expect(code).toBe('disk-not-free');
    expect(suggestions.join()).toContain(`bench init -b shop --wipe-device ${CLEAN40}`);
    const wipe = ['-b', 'shop', '--wipe-device'];
    expect(await refusal([...wipe, CLEAN40])).toMatchObject({ code: 'confirmation-needed' });
    expect(await refusal([...wipe, pathOf('MOUNTED'), '--yes'])).toMatchObject({ code: 'disk-in-use' });
    expect(await refusal([...wipe, pathOf('LVM'), '--yes'])).toMatchObject({ code: 'disk-in-use' });
    expect(await refusal([...wipe, pathOf('EXT4'), '--yes'], 2)).toMatchObject({
      code: 'wipe-device-conflict',
    });
    await guest().sh(`blkid -t TYPE=ext4 ${CLEAN40}; vgs vg0; mountpoint -q /mnt/used`);
  });

  it('clears it once its path is typed, and makes the pool on it', async () => {
    const typed = (word: string) =>
      `script -qec "bench init -b shop --wipe-device ${CLEAN40}" /dev/null <<< ${word}`;
    const wrong = await guest().sh(typed(pathOf('CLEAN20')), { check: false });
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stdout).toMatch(/virtio-CLEAN40\): 40G, .*serial "CLEAN40".*ext4.*was not typed/s);
    await guest().sh(`blkid -t TYPE=ext4 ${CLEAN40}`);
    // Cut off, and of other kinds: long/wipe.test.ts.
    await guest().sh(typed(CLEAN40), { timeoutMs: 280_000 });
    expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  });

  it('leaves a directory of the system alone', async () => {
    await guest().sh('bench config set volume.pool opt -b books');
    expect(await refusal(['-b', 'books'])).toMatchObject({ code: 'pool-directory-taken' });
    expect((await guest().sh('lsattr -d /opt')).stdout).not.toMatch(/^-*i/);
    await guest().sh('bench config set volume.pool bench-pool -b books');
  });
});

describe('sizes', () => {
  let usable: number;

  it('planned before the pool was there are those that it really offers', async () => {
    const { stdout } = await guest().sh('zfs get -H -p -o value used,available bench-pool');
    usable = stdout
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0);
    const { dataset } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
    expect(dataset.quotaBytes).toBe(Math.floor(usable / GIB) * GIB);
    expect(dataset.reservationBytes).toBe(Math.floor((usable * 0.15) / GIB) * GIB);
  });

  it('of a second bench are what the first leaves, and what ZFS really grants', async () => {
    const { dataset } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
    const free = Math.floor((usable - dataset.reservationBytes) / GIB);
    const plan = await benchJson<Plan>(guest(), ['init', '-b', 'books', '--dry-run']);
    expect(plan.steps[0]?.title).toContain(`volume.dataset.quota = ${free}G, volume.dataset.reservation = `);

    const set = (...changes: string[]) =>
      guest().sh(changes.map((change) => `bench config set volume.${change} -b books`).join('; '));
    await set(`device ${CLEAN40}`, 'backing device', 'dataset.quota 38G', `dataset.reservation ${free + 1}G`);
    expect(await refusal(['-b', 'books'], 2)).toMatchObject({ code: 'sizes-do-not-fit' });
    await guest().sh(
      `zfs create -o reservation=${free}G bench-pool/try; zfs destroy bench-pool/try;` +
        `if zfs create -o reservation=${free + 1}G bench-pool/try; then exit 1; fi;` +
        'if zfs list bench-pool/books; then exit 1; fi',
    );
    await set('dataset.reservation 1G', 'dataset.quota 41G');
    expect(await refusal(['-b', 'books'], 2)).toMatchObject({ code: 'sizes-do-not-fit' });
  });
});
