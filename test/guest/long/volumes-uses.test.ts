import { beforeAll, expect, test } from 'vitest';
import type { ChangeJson } from '../../../src/output/volumes.js';
import type { RestorePreview } from '../../../src/snapshot/preflight.js';
import type { RestoreResult } from '../../../src/snapshot/restore.js';
import type { Status } from '../../../src/status/status.js';
import type { VolumeDetails, VolumeList } from '../../../src/volumes/volumes.js';
import { benchJson, type Failure, rebootFully } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 280_000 })).stdout.trim();
const volume = <T = ChangeJson>(line: string) => benchJson<T>(guest(), ['volume', ...line.split(' ')]);
const refused = async (exitCode: number, line: string) =>
  (await benchJson<Failure>(guest(), ['volume', ...line.split(' ')], exitCode)).error;
const list = async (filter = '') =>
  (await volume<VolumeList>(`list ${filter}`.trim())).volumes
    .filter(({ role }) => role === 'data')
    .map(({ name }) => name);
const shop = '/srv/benches/shop';
const two = '/srv/benches/two';
const noProblems = async () => {
  for (const bench of ['shop', 'two'])
    expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', bench])).problems, bench).toEqual([]);
};

beforeAll(async () => {
  await guest().sh(
    `bench new shop
    printf '\\n[[volumes]]\\nname = "uploads"\\npath = "sites/uploads"\\nsize = "1GB"\\n' >> ${shop}/bench.toml
    printf '\\n[[volumes]]\\nname = "logs"\\npath = "logs/app"\\nsize = "100M"\\n' >> ${shop}/bench.toml
    bench init -b shop; bench clone shop two --volumes omit`,
    { timeoutMs: 500_000 },
  );
});

test('given at deploy time: a bench comes up with several volumes that its bench.toml wants', async () => {
  expect(await list('-b shop')).toEqual(['logs', 'uploads']);
  expect(await sh(`for path in logs/app sites/uploads; do findmnt -n -o SOURCE ${shop}/$path; done`)).toBe(
    'bench-pool/_volumes/logs[/data]\nbench-pool/_volumes/uploads[/data]',
  );
});

test('a data disk is added to a bench that runs, moved to another one, and has what it had', async () => {
  await volume('create disk 500M');
  await volume('attach disk -b shop --path data');
  await sh(`echo moved > ${shop}/data/f`);
  expect(await refused(3, 'attach disk -b two --path data')).toMatchObject({ code: 'volume-in-use' });
  await volume('detach disk -b shop');
  await volume('attach disk -b two --path data');
  expect(await sh(`cat ${two}/data/f; ls -A ${shop}/data`)).toBe('moved');
  await volume('detach disk -b two');
});

test('a block volume is moved between machines, and kept when its machine is gone', async () => {
  await volume('create vm-data 100M --type block');
  await volume('attach vm-data --machine web1 --drive vdc');
  await sh('printf kept | dd of=/dev/zvol/bench-pool/_volumes/vm-data conv=notrunc status=none');
  await volume('detach vm-data --machine web1');
  await volume('attach vm-data --machine web2');
  const shown = await volume<VolumeDetails>('show vm-data');
  expect(shown).toMatchObject({
    attachments: [{ machine: 'web2', drive: 'vdb' }],
    history: [{ machine: 'web1' }],
  });
  expect(await sh('head -c 4 /dev/zvol/bench-pool/_volumes/vm-data')).toBe('kept');
  await volume('detach vm-data --machine web2');
  expect(await list('--status available')).toEqual(['disk', 'vm-data']);
});

test('one dataset is read by many, and one of them writes to a private copy of it', async () => {
  await volume('create models 200M');
  await sh(
    'zfs mount bench-pool/_volumes/models; echo weights > /bench-pool/_volumes/models/data/w; zfs unmount bench-pool/_volumes/models',
  );
  await volume('attach models -b shop --path models --read-only');
  await volume('attach models -b two --path models --overlay 50M');
  await sh(`echo own > ${two}/models/own; echo changed > ${two}/models/w`);
  expect(await sh(`cat ${shop}/models/w ${two}/models/w; ls ${shop}/models`)).toBe('weights\nchanged\nw');
  expect(await refused(3, 'attach models --machine web1')).toMatchObject({ code: 'volume-not-block' });
  await noProblems();
});

test('a reboot brings all of them back before the units start', async () => {
  await rebootFully(guest());
  await noProblems();
  expect(await sh(`cat ${shop}/models/w ${two}/models/w; systemctl is-active mariadb@shop mariadb@two`)).toBe(
    'weights\nchanged\nactive\nactive',
  );
  const began = async (unit: string) =>
    Number(await sh(`systemctl show -p ActiveEnterTimestampMonotonic --value '${unit}'`));
  const mount = (
    await sh('systemctl list-units --type=mount --plain --no-legend | grep sites-uploads')
  ).split(' ')[0];
  expect(await began(mount ?? '')).toBeLessThanOrEqual(await began('mariadb@shop'));
});

test('a volume that is missing at boot keeps its bench down, and no other one; its mend stands in status', async () => {
  await sh('zfs set canmount=noauto bench-pool/_volumes/uploads');
  await rebootFully(guest());
  expect(await guest().survey('systemctl is-active mariadb@shop mariadb@two')).toBe('inactive\nactive\n');
  expect(await sh(`ls -A ${shop}/sites/uploads; touch ${shop}/sites/uploads/x 2>&1 || true`)).not.toBe('');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems.map(({ fix }) => fix)).toContain('bench init -b shop');
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await noProblems();
});

test('one is shared by replicas, which both write it; no restore rolls it back', async () => {
  await volume('create common 200M --shared');
  await volume('attach common -b shop --path common');
  const { notes } = await volume('attach common -b two --path common');
  expect(notes.join(' ')).toContain('may be written by several benches, now by 1 more');
  await sh(
    `chmod 777 ${shop}/common; echo shop > ${shop}/common/shop; echo two > ${two}/common/two; echo old > ${shop}/sites/uploads/f`,
  );
  await volume('snapshot -b shop --tag shared');
  await sh(`echo later > ${two}/common/two; echo later > ${shop}/sites/uploads/f`);
  const restored = await benchJson<RestoreResult>(guest(), [
    ...['volume', 'restore-snapshot', 'shared', '-b', 'shop', '--yes'],
  ]);
  expect(restored.volumes.find(({ name }) => name === 'common')).toMatchObject({
    action: 'left',
    reason: 'several benches may write it',
  });
  expect(await sh(`cat ${shop}/common/two ${two}/common/shop ${shop}/sites/uploads/f`)).toBe(
    'later\nshop\nold',
  );
  expect(await refused(2, 'create block 1G --type block --shared')).toMatchObject({ code: 'wrong-usage' });
});

test('what is attached elsewhere since a snapshot is left alone by a restore, and said', async () => {
  await volume('attach disk -b shop --path data');
  await sh(`echo then > ${shop}/data/f`);
  await volume('snapshot -b shop --tag moved');
  await volume('detach disk -b shop');
  await volume('attach disk -b two --path data');
  await sh(`echo now > ${two}/data/f`);
  const { stderr } = await guest().sh('bench volume restore-snapshot moved -b shop < /dev/null', {
    check: false,
  });
  expect(stderr).toContain('it is attached to bench two (data, rw) now');
  const restored = await benchJson<RestoreResult & Pick<RestorePreview, 'volumes'>>(guest(), [
    ...['volume', 'restore-snapshot', 'moved', '-b', 'shop', '--yes'],
  ]);
  expect(restored.volumes.find(({ name }) => name === 'disk')).toMatchObject({
    action: 'left',
    reason: 'it is attached to bench two (data, rw) now',
  });
  expect(await sh(`cat ${two}/data/f; ls -A ${shop}/data`)).toBe('now');
  await volume('detach disk -b two');
});

test('a restore that is killed between two volumes is finished by the same command', async () => {
  await sh(`echo one > ${shop}/sites/uploads/f; echo one > ${shop}/logs/app/f`);
  await volume('snapshot -b shop --tag both');
  await sh(`echo two > ${shop}/sites/uploads/f; echo two > ${shop}/logs/app/f
    mkdir -p /root/bin; cat > /root/bin/zfs <<'END'
#!/bin/bash
if [ "$1" = rollback ]; then echo x >> /root/rollbacks; if [ $(wc -l < /root/rollbacks) = 2 ]; then kill -9 $PPID; sleep 1; exit 1; fi; fi
exec /usr/sbin/zfs "$@"
END
    chmod 755 /root/bin/zfs`);
  await guest().sh('PATH=/root/bin:$PATH bench volume restore-snapshot both -b shop --yes', {
    check: false,
    timeoutMs: 280_000,
  });
  expect(await sh('wc -l < /root/rollbacks')).toBe('2');
  expect(await refused(3, 'attach disk -b shop --path data')).toMatchObject({ code: 'restore-unfinished' });
  await benchJson(guest(), ['volume', 'restore-snapshot', 'both', '-b', 'shop', '--yes']);
  expect(await sh(`cat ${shop}/sites/uploads/f ${shop}/logs/app/f`)).toBe('one\none');
  await noProblems();
});

test('orphans are found by how long nobody has had them, and removed', async () => {
  await sh("date -s '+40 days' > /dev/null");
  await volume('create young 20M');
  expect(await list('--unused-for 30d')).toEqual(['disk', 'vm-data']);
  for (const name of await list('--unused-for 30d')) await volume(`delete ${name} --yes`);
  expect(await list('--status available')).toEqual(['young']);
});
