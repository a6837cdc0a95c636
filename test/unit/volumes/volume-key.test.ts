import { expect, test } from 'vitest';
import { volumeKeyFiles } from '../../../src/keys/volume-unit.js';
import { planCreate } from '../../../src/volumes/create.js';
import { type NewKey, unlockSteps } from '../../../src/volumes/volume-key.js';
import { block, pool } from './registry.js';

const key: NewKey = {
  before: [{ kind: 'key.make', source: { kind: 'credential', name: 'volume.ab12' }, passphrase: undefined }],
  properties: { encryption: 'aes-256-gcm' },
  escrow: (dataset) => ({
    kind: 'key.escrow',
    bench: '.volumes',
    datasets: [dataset],
    source: { kind: 'credential', name: 'volume.ab12' },
    wish: { kind: 'none' },
  }),
};
const request = {
  ...{
    name: 'disk',
    sizeBytes: 64 * 1024 ** 2,
    kind: 'block' as const,
    format: 'ext4' as const,
    pool: undefined,
  },
  ...{ description: '', labels: {}, reserve: false, shared: false },
} as const;

test('the key lies where it belongs before anything is encrypted with it, and its copy before the volume is whole', () => {
  const registry = pool();
  const [tank] = registry.pools;
  if (tank === undefined) throw new Error('no pool');
  const { steps } = planCreate(request, 'ab12', tank, { registry, limits: {} }, key);
  expect(steps.map(({ kind }) => kind)).toEqual([
    ...['filesystem.create', 'key.make', 'zvol.create', 'device.wait', 'ext4.make', 'key.escrow'],
    'volume.complete',
  ]);
  expect(steps.find(({ kind }) => kind === 'zvol.create')).toMatchObject({
    properties: { encryption: 'aes-256-gcm', 'bench:id': 'ab12' },
  });
});

test('a key is loaded by the id of the volume that it belongs to, also for a clone of that', () => {
  const root = block({ id: 'ab12', name: 'base', lockedBy: 'tank/_volumes/base' });
  const clone = block({ lockedBy: 'tank/_volumes/base' });
  const steps = unlockSteps(pool([root, clone]), clone);
  expect(steps).toEqual([
    { kind: 'keys.mount' },
    {
      kind: 'key.fetch',
      source: { kind: 'credential', name: 'volume.ab12' },
      root: 'tank/_volumes/base',
      passphrase: undefined,
    },
    { kind: 'key.load', root: 'tank/_volumes/base', file: '/run/bench/keys/volume.ab12' },
  ]);
  expect(unlockSteps(pool([root]), block())).toEqual([]);
  expect(() => unlockSteps(pool([clone]), clone)).toThrow(/the key of tank\/_volumes\/base is not loaded/);
});

test('what loads them at boot asks ZFS which there are, and nobody for a name of its own', () => {
  const [, unit] = volumeKeyFiles();
  expect(unit?.path).toBe('/etc/systemd/system/bench-volume-keys.service');
  expect(unit?.content).toContain('from=/etc/credstore.encrypted/bench-key-volume.$$id');
  // systemd would take a dollar for a variable of its own (systemd.service(5)).
  expect(unit?.content.replaceAll('$$', '')).not.toContain('$');
});
