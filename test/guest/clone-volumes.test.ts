import { expect, test } from 'vitest';
import type { Status } from '../../src/status/status.js';
import type { VolumeList } from '../../src/volumes/volumes.js';
import { benchJson, type Failure } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const text = async (path: string) => (await guest().read(path)).trim();
const volumeOf = async (name: string) => {
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  return volumes.find((volume) => volume.name === name);
};

test('a bench that writes one volume and reads another one', async () => {
  await guest().sh(
    `bench volume create uploads 1G; bench volume create fonts 1G
    bench volume attach uploads -b shop --path sites/uploads
    bench volume attach fonts -b shop --path sites/fonts --read-only
    echo of the shop > /srv/benches/shop/sites/uploads/file`,
    { timeoutMs: 280_000 },
  );
});

test('its clone has a copy of the one, of the same moment, and reads the other one', async () => {
  const plan = await benchJson<{ notes: string[] }>(guest(), ['clone', 'shop', 'try', '--dry-run']);
  expect(plan.notes).toContain('try gets a copy of the volume uploads: uploads-try.');
  expect(plan.notes).toContain('try has the volume fonts as its source has it.');
  await benchJson(guest(), ['clone', 'shop', 'try']);
  expect(await text('/srv/benches/try/sites/uploads/file')).toBe('of the shop');
  expect(await volumeOf('uploads-try')).toMatchObject({ attachments: [{ bench: 'try', mode: 'rw' }] });
  expect((await volumeOf('fonts'))?.attachments).toHaveLength(2);
  for (const name of ['shop', 'try']) {
    expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', name])).problems, name).toEqual([]);
    expect(await benchJson(guest(), ['init', '-b', name])).toMatchObject({ changed: false, steps: [] });
  }
  await guest().write('/srv/benches/try/sites/uploads/file', 'of the clone\n');
  expect(await text('/srv/benches/shop/sites/uploads/file')).toBe('of the shop');
});

test('a volume that has the name of a copy is never taken for one', async () => {
  await guest().sh('bench volume create uploads-test --from uploads');
  const { stdout: before } = await guest().sh('zfs list -H -t all -o name; ls /var/lib/bench');
  const { error } = await benchJson<Failure>(guest(), ['clone', 'shop', 'test'], 3);
  expect(error.code).toBe('volume-exists');
  expect(error.suggestions).toContain('Where nobody needs it any more: bench volume delete uploads-test');
  expect((await guest().sh('zfs list -H -t all -o name; ls /var/lib/bench')).stdout).toBe(before);
});

test('reset brings the copy back, too', async () => {
  await benchJson(guest(), ['clone', 'reset', 'try', '--yes']);
  expect(await text('/srv/benches/try/sites/uploads/file')).toBe('of the shop');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'try'])).problems).toEqual([]);
});

test('a clone can do without them', async () => {
  await benchJson(guest(), ['clone', 'shop', 'bare', '--volumes', 'omit']);
  expect(await guest().read('/srv/benches/bare/bench.toml')).not.toMatch(/^\[\[volumes\]\]/m);
  expect((await guest().sh('ls -A /srv/benches/bare/sites/uploads')).stdout).toBe('');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'bare'])).problems).toEqual([]);
});

test('promoted, it depends on nothing, and nor does its copy', async () => {
  await benchJson(guest(), ['clone', 'promote', 'try', '--yes']);
  const { stdout } = await guest().sh(
    'zfs get -H -o value origin bench-pool/try bench-pool/_volumes/uploads-try',
  );
  expect(stdout.trim().split('\n')).toEqual(['-', '-']);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
});
