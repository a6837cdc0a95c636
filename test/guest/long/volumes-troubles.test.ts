import { beforeAll, expect, test } from 'vitest';
import type { ChangeJson } from '../../../src/output/volumes.js';
import type { DestroyResult } from '../../../src/snapshot/destroy.js';
import type { VolumeList } from '../../../src/volumes/volumes.js';
import { benchJson, type Failure } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 280_000 })).stdout.trim();
const volume = <T = ChangeJson>(line: string) => benchJson<T>(guest(), ['volume', ...line.split(' ')]);
const refused = async (exitCode: number, line: string) =>
  (await benchJson<Failure>(guest(), ['volume', ...line.split(' ')], exitCode)).error;
const list = async () =>
  (await volume<VolumeList>('list')).volumes.filter(({ role }) => role === 'data').map(({ name }) => name);
const shop = '/srv/benches/shop';

beforeAll(async () => {
  await guest().sh(
    `bench new shop
    printf '\\n[[volumes]]\\nname = "uploads"\\npath = "sites/uploads"\\nsize = "1GB"\\n' >> ${shop}/bench.toml
    printf '\\n[[volumes]]\\nname = "logs"\\npath = "logs/app"\\nsize = "100M"\\n' >> ${shop}/bench.toml
    bench init -b shop; bench volume create disk 500M; bench volume create vm-data 100M --type block`,
    { timeoutMs: 500_000 },
  );
});

test('destroy-snapshot destroys what was taken along, and nothing else', async () => {
  await volume('snapshot -b shop --tag both');
  await volume('snapshot --volume uploads --tag own');
  const destroyed = await benchJson<DestroyResult>(guest(), [
    ...['volume', 'destroy-snapshot', 'both', '-b', 'shop', '--yes'],
  ]);
  expect(destroyed.volumes.map(({ dataset }) => dataset).sort()).toEqual([
    'bench-pool/_volumes/logs',
    'bench-pool/_volumes/uploads',
  ]);
  expect(await sh('zfs list -H -t snapshot -o name -r bench-pool | grep -E "@(both|own)$"')).toBe(
    'bench-pool/_volumes/uploads@own',
  );
});

test('while a restore keeps a copy of it, a volume keeps its name and is not deleted', async () => {
  await volume('snapshot -b shop --tag kept');
  await benchJson(guest(), ['volume', 'restore-snapshot', 'kept', '--keep', '-b', 'shop', '--yes']);
  await volume('detach logs -b shop');
  for (const line of ['rename logs others', 'delete logs --yes'])
    expect(await refused(3, line)).toMatchObject({ code: 'volume-kept' });
  expect(await refused(3, 'rename disk logs')).toMatchObject({ code: 'volume-kept' });
  await benchJson(guest(), ['volume', 'undo-restore', '--discard', '-b', 'shop', '--yes']);
  await volume('rename logs others');
  await volume('delete others --yes');
});

test('a filesystem grows, and shrinks to what it holds and no further; a raw volume grows for its machine', async () => {
  await volume('resize uploads 2G');
  await sh(`head -c 30M /dev/urandom > ${shop}/sites/uploads/big; zpool sync bench-pool`);
  const error = await refused(3, 'resize uploads 20M');
  expect(error).toMatchObject({ code: 'volume-too-small', message: expect.stringContaining('holds') });
  await volume('resize uploads 100M');
  expect(Number(await sh(`df --output=size -B1M ${shop}/sites/uploads | tail -1`))).toBeLessThanOrEqual(100);
  expect((await volume('resize vm-data 200M')).notes).toEqual([
    expect.stringContaining('grown by whoever uses it'),
  ]);
  expect(await sh('blockdev --getsize64 /dev/zvol/bench-pool/_volumes/vm-data')).toBe(
    String(200 * 1024 ** 2),
  );
  await sh(`rm ${shop}/sites/uploads/big`);
});

test('what is wrong is refused with what to do, and nothing is changed', async () => {
  await sh('zfs snapshot bench-pool/_volumes/disk@held; zfs hold keep bench-pool/_volumes/disk@held');
  const state = () =>
    sh('zfs list -H -t all -o name,guid,volsize,quota -r bench-pool/_volumes; cat /etc/fstab');
  const before = await state();
  const codes: string[] = [];
  for (const [exitCode, line] of [
    [3, 'create disk 1G'],
    [2, 'create zero 0'],
    [2, 'create zero 0G'],
    [2, 'create -rf 1G'],
    [2, 'create a/b 1G'],
    [2, 'attach vm-data --machine web;id'],
    [2, 'attach vm-data --machine $(id)'],
    [2, 'attach vm-data --machine web1 --drive ../x'],
    [3, 'delete disk --yes'],
    [3, 'delete uploads --yes'],
    [3, 'rename uploads others'],
    [2, 'show none'],
    [2, 'create clone --from disk@none'],
    [3, 'attach vm-data -b shop --path data'],
  ] as const)
    codes.push((await refused(exitCode, line)).code);
  expect(codes).toEqual([
    ...['volume-exists', 'size-invalid', 'size-invalid', 'wrong-usage', 'volume-name-invalid'],
    ...['machine-invalid', 'machine-invalid', 'drive-invalid', 'snapshot-held', 'volume-attached'],
    ...['volume-attached', 'volume-missing', 'snapshot-missing', 'volume-not-filesystem'],
  ]);
  expect(await state()).toBe(before);
  await sh('zfs release keep bench-pool/_volumes/disk@held; zfs destroy bench-pool/_volumes/disk@held');
});

test('repair takes away snapshots without the copy that they were taken for, and what proofs have left', async () => {
  await sh(`zfs snapshot bench-pool/_volumes/uploads@bench-overlay-0123456789ab
    zfs snapshot bench-pool/_volumes/uploads@mine
    zfs create -o canmount=off -o mountpoint=none -o bench:scratch=parent bench-pool/_scratch || true
    zfs clone -o bench:scratch=x -o canmount=noauto bench-pool/_volumes/uploads@mine bench-pool/_scratch/shop-0123456789ab
    date -s '+1 hour' > /dev/null`);
  const { notes, steps } = await volume('repair');
  expect(steps).toMatchObject([{ kind: 'snapshot.destroy' }]);
  expect(notes).toEqual([expect.stringContaining('bench-pool/_scratch/shop-0123456789ab')]);
  const left = await sh('zfs list -H -t all -o name -r bench-pool | grep -E "0123456789ab|@mine"');
  expect(left).toBe('bench-pool/_volumes/uploads@mine');
});

test('the limits of the host hold at create, attach, resize and init, with their names', async () => {
  await sh(`mkdir -p /etc/bench; cat > /etc/bench/host.toml <<'END'
[limits]
max_volume_size = "1GB"
max_volumes = 6
max_volumes_per_bench = 1
max_benches = 1
END`);
  const limited = async (line: string) => (await refused(3, line)).message;
  expect(await limited('create more 2G')).toContain(
    'limits.max_volume_size in /etc/bench/host.toml allows 1.0G',
  );
  expect(await limited('resize uploads 2G')).toContain('limits.max_volume_size');
  const count = (await list()).length;
  for (let index = count; index < 6; index += 1) await volume(`create extra${index} 20M`);
  expect(await limited('create more 20M')).toContain('limits.max_volumes in');
  expect(await limited('attach disk -b shop --path disk')).toContain('limits.max_volumes_per_bench');
  await sh('bench new third');
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'third'], 3);
  expect(error).toMatchObject({
    code: 'limit-reached',
    message: expect.stringContaining('limits.max_benches'),
  });
  await sh("echo 'max_volume = 1' >> /etc/bench/host.toml");
  expect(await refused(2, 'create more 20M')).toMatchObject({ code: 'host-config-invalid' });
});
