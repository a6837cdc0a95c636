import { expect, test } from 'vitest';
import type { ChangeJson } from '../../src/output/volumes.js';
import type { RestoreResult } from '../../src/snapshot/restore.js';
import type { SnapshotResult } from '../../src/snapshot/snapshot.js';
import type { Status } from '../../src/status/report.js';
import type { VolumeDetails, VolumeJson, VolumeList } from '../../src/volumes/volumes.js';
import { benchJson, type Failure } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const MIB = 1024 ** 2;
const change = (line: string) => benchJson<ChangeJson>(guest(), ['volume', ...line.split(' ')]);
const refused = async (exitCode: number, line: string) =>
  (await benchJson<Failure>(guest(), ['volume', ...line.split(' ')], exitCode)).error;
const show = (name: string) => benchJson<VolumeDetails>(guest(), ['volume', 'show', name]);
const list = async (...filter: string[]): Promise<string[]> => {
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list', ...filter]);
  return volumes
    .filter(({ role }) => role === 'data')
    .map(({ name, status }: VolumeJson) => `${name} ${status}`);
};
const sh = async (line: string) => (await guest().sh(line)).stdout.trim();
const shop = '/srv/benches/shop';

test('a bench comes up with a volume that its bench.toml wants', async () => {
  await guest().run(['bench', 'new', 'shop']);
  await guest().sh(
    `printf '\\n[[volumes]]\\nname = "files"\\npath = "sites/files"\\nsize = "1GB"\\n' >> ${shop}/bench.toml`,
  );
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  const files = await show('files');
  expect(files).toMatchObject({ kind: 'filesystem', status: 'attached', sizeBytes: 1024 * MIB });
  expect(files.attachments).toMatchObject([{ bench: 'shop', path: 'sites/files', mode: 'rw' }]);
  expect(await sh(`findmnt -n -o SOURCE ${shop}/sites/files`)).toBe('bench-pool/_volumes/files[/data]');
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
  const { problems, binds } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems).toEqual([]);
  expect(binds).toHaveLength(3);
});

test('a snapshot takes it along at the same moment, and a restore brings both back; undo, too', async () => {
  const write = (text: string) =>
    sh(`for f in ${shop}/sites/files/f ${shop}/sites/f; do echo ${text} > $f; done`);
  const read = () => sh(`cat ${shop}/sites/files/f ${shop}/sites/f | tr '\\n' ' '`);
  await write('one');
  const taken = await benchJson<SnapshotResult>(guest(), [
    'volume',
    'snapshot',
    '-b',
    'shop',
    '--tag',
    'one',
  ]);
  expect(taken.volumes).toEqual(['files']);
  const groups = await sh('zfs get -H -o value createtxg bench-pool/shop@one bench-pool/_volumes/files@one');
  expect(new Set(groups.split('\n')).size).toBe(1);
  await write('two');
  const restore = (...flags: string[]) =>
    benchJson<RestoreResult>(guest(), ['volume', 'restore-snapshot', 'one', '-b', 'shop', '--yes', ...flags]);
  const restored = await restore();
  expect(restored.volumes).toMatchObject([{ name: 'files', action: 'restored' }]);
  expect(await read()).toBe('one one');
  await write('three');
  await restore('--keep');
  expect(await read()).toBe('one one');
  await benchJson(guest(), ['volume', 'undo-restore', '-b', 'shop', '--yes']);
  expect(await read()).toBe('three three');
  await benchJson(guest(), ['volume', 'undo-restore', '--discard', '-b', 'shop', '--yes']);
  expect(await sh('zfs list -H -o name -r bench-pool/_volumes')).not.toContain('kept');
  const left = await restore('--without-volumes');
  expect(left.volumes).toMatchObject([{ name: 'files', action: 'left', reason: 'as asked' }]);
  expect(await read()).toBe('three one');
});

test('attached and detached while the bench runs, with bench.toml and fstab as they were to the byte', async () => {
  await change('create logs 200M --label tier=gold');
  const before = await sh(`cat ${shop}/bench.toml /etc/fstab | sha256sum`);
  await change('attach logs -b shop --path logs/app');
  await guest().sh(`echo x > ${shop}/logs/app/x`);
  expect(await refused(3, 'attach logs -b shop --path logs/other')).toMatchObject({
    code: 'volume-attached-otherwise',
  });
  expect(await refused(3, 'delete logs --yes')).toMatchObject({ code: 'volume-attached' });
  await guest().sh(`cd ${shop}/logs/app; sleep 600 > /dev/null 2>&1 < /dev/null & echo $! > /root/sleep.pid`);
  const busy = await refused(3, 'detach logs -b shop');
  expect(busy).toMatchObject({ code: 'volume-open' });
  expect(busy.message).toContain('sleep (pid ');
  await guest().sh('kill $(cat /root/sleep.pid)');
  await expect.poll(() => change('detach logs -b shop').then(() => 'detached', String)).toBe('detached');
  expect(await sh(`cat ${shop}/bench.toml /etc/fstab | sha256sum`)).toBe(before);
  expect((await show('logs')).history).toMatchObject([{ bench: 'shop', path: 'logs/app' }]);
  expect(await list('--search', 'tier=gold')).toEqual(['logs available']);
});

test('of two that are attached to a bench at the same moment both are known of', async () => {
  const both = ['left', 'right'];
  for (const name of both) await change(`create ${name} 50M`);
  const attach = 'bench volume attach $v -b shop --path $v > /root/$v.out 2>&1 || cat /root/$v.out >&2';
  await guest().sh(`for v in ${both.join(' ')}; do ( ${attach} ) & done; wait`);
  const recorded = await sh('cat /var/lib/bench/shop/host.json; systemctl cat mariadb@shop');
  for (const name of both) {
    expect(recorded).toContain(`"${name}"`);
    expect(recorded).toContain(`/_volumes/${name}/`);
  }
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
  for (const name of both) {
    await change(`detach ${name} -b shop`);
    await change(`delete ${name} --yes`);
  }
});

test('paths through symlinks, over files or in another volume are refused, and nothing is changed', async () => {
  await guest().sh(
    `ln -sfn /etc ${shop}/link; echo x > ${shop}/apps/file; mkdir -p ${shop}/full; touch ${shop}/full/x`,
  );
  const codes = [];
  for (const path of ['link/x', 'apps/file', 'full', 'sites/files/in', 'a/../b', '/etc'])
    codes.push(
      (await refused(path.includes('..') || path === '/etc' ? 2 : 3, `attach logs -b shop --path ${path}`))
        .code,
    );
  expect(codes).toEqual([
    'path-is-symlink',
    'path-no-directory',
    'path-holds-files',
    'path-taken',
    'path-invalid',
    'path-invalid',
  ]);
  expect((await show('logs')).attachments).toEqual([]);
  // Init finds that out as well before it makes a volume for the place.
  const toml = `${shop}/bench.toml`;
  await guest().sh(
    `cp -p ${toml} /root/toml; printf '\\n[[volumes]]\\nname = "late"\\npath = "full"\\nsize = "50M"\\n' >> ${toml}`,
  );
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(error.code).toBe('path-holds-files');
  expect(await list('--search', 'late')).toEqual([]);
  await guest().sh(`cat /root/toml > ${toml}`);
});

test('read by several, or a private copy that is kept as a volume of its own', async () => {
  await change('attach logs -b shop --path ro --read-only');
  expect(await sh(`cat ${shop}/ro/x; touch ${shop}/ro/y 2>&1 || true`)).toContain('Read-only file system');
  await change('detach logs -b shop');
  await change('attach logs -b shop --path ov --overlay 50M');
  expect(await sh(`dd if=/dev/urandom of=${shop}/ov/big bs=1M count=100 2>&1 || true`)).toContain('quota');
  expect(await refused(3, 'detach logs -b shop')).toMatchObject({ code: 'overlay-undecided' });
  await change('detach logs -b shop --keep-as mine');
  expect(await list()).toEqual(['files attached', 'logs available', 'mine available']);
  expect(await refused(3, 'delete logs --yes')).toMatchObject({ code: 'volume-cloned' });
  await change('delete mine --yes');
  await guest().sh('zfs set bench:attachments=%5B bench-pool/_volumes/logs');
  expect(await refused(3, 'delete logs --yes')).toMatchObject({ code: 'volume-damaged' });
  await guest().sh(
    'zfs inherit bench:attachments bench-pool/_volumes/logs; zfs create -u bench-pool/_volumes/logs/below',
  );
  expect(await refused(3, 'delete logs --yes')).toMatchObject({ code: 'dataset-has-children' });
  await guest().sh('zfs destroy bench-pool/_volumes/logs/below');
  expect(await sh('zfs list -H -t snapshot -o name -r bench-pool/_volumes/logs')).toBe('');
});

test('block volumes: grown with their ext4, cloned with another UUID, one writer or many readers', async () => {
  await change('create disk 100M --type block --format ext4');
  const disk = '/dev/zvol/bench-pool/_volumes/disk';
  await guest().sh(`mount ${disk} /mnt; echo hello > /mnt/h`);
  await change('resize disk 150M');
  await guest().sh('umount /mnt');
  await change('resize disk 200M');
  expect(await refused(3, 'resize disk 100M')).toMatchObject({ code: 'block-shrink' });
  await change('create copy 300M --from disk');
  expect(await sh(`mount -o ro /dev/zvol/bench-pool/_volumes/copy /mnt; cat /mnt/h; umount /mnt`)).toBe(
    'hello',
  );
  const uuids = await sh(`blkid -s UUID -o value ${disk} /dev/zvol/bench-pool/_volumes/copy`);
  expect(new Set(uuids.split('\n')).size).toBe(2);
  await change('attach disk --machine web1 --read-only');
  await change('attach disk --machine web2 --read-only');
  expect(await refused(3, 'attach disk --machine web3')).toMatchObject({ code: 'volume-in-use' });
  expect(await list('--kind', 'block')).toEqual(['copy available', 'disk attached']);
  expect(await list('--search', 'web2')).toEqual(['disk attached']);
  expect(await list('--bench', 'shop', '--kind', 'block')).toEqual([]);
  for (const machine of ['web1', 'web2']) await change(`detach disk --machine ${machine}`);
});

test('of twenty that want it at the same moment one gets it', async () => {
  const line =
    'code=0; bench volume attach disk --machine m$i --json > /root/out.$i 2>&1 || code=$?; echo $code > /root/code.$i';
  await guest().sh(`for i in $(seq 20); do ( ${line} ) & done; wait`, { timeoutMs: 500_000 });
  const codes = (await sh('cat /root/code.* | sort | uniq -c')).split('\n').map((each) => each.trim());
  expect(codes).toEqual(['1 0', '19 3']);
  expect((await show('disk')).attachments).toHaveLength(1);
});

test('half-made volumes are listed and repaired; a missing one keeps the units down', async () => {
  await guest().sh(
    'zfs create -o canmount=noauto -o bench:made=create -o bench:id=abc bench-pool/_volumes/half',
  );
  expect(await list('--status', 'incomplete')).toEqual(['half incomplete']);
  // Brought in by hand, by a name that was noted before: it holds something, and so it is left alone.
  const theirs = 'bench-pool/_volumes/theirs';
  await guest().sh(
    `mkdir -p /var/lib/bench/.volumes; echo {} > /var/lib/bench/.volumes/bench-pool%2F_volumes%2Ftheirs.json
    zfs create ${theirs}; dd if=/dev/urandom of=/${theirs}/x bs=1M count=4 2>&1; zpool sync`,
  );
  expect((await change('repair')).notes).toEqual([expect.stringContaining(theirs)]);
  expect(await list('--status', 'incomplete')).toEqual(['theirs incomplete']);
  await guest().sh(`zfs destroy ${theirs}`);
  expect(await list('--status', 'incomplete')).toEqual([]);
  await guest().sh(
    `systemctl stop mariadb@shop; umount ${shop}/sites/files; zfs unmount bench-pool/_volumes/files`,
  );
  expect((await guest().sh('systemctl start mariadb@shop', { check: false })).exitCode).not.toBe(0);
  expect((await guest().sh('systemctl is-active mariadb@shop', { check: false })).stdout.trim()).not.toBe(
    'active',
  );
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  const [first] = problems;
  expect(first?.fix).toBe('bench init -b shop');
  await guest().sh(first?.fix ?? 'exit 1');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
});
