import { expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import { unitsBefore } from '../../../src/snapshot/begin.js';
import { volumeSettings } from '../../../src/snapshot/settings.js';

const GIB = 1024 ** 3;
const volume: BenchConfig['volume'] = {
  pool: 'bench-pool',
  dataset: 'bench-pool/shop',
  mountpoint: '/bench-pool/shop',
  backing: 'device',
  device: '/dev/sdb',
  image: { path: '/var/lib/bench-zfs/bench-pool.img' },
};
const live = { quotaBytes: 9 * GIB, reservationBytes: 2 * GIB };
const settings = (over: Partial<BenchConfig['volume']> = {}) =>
  volumeSettings({ volume: { ...volume, ...over } } as BenchConfig, live);

test('the settings in force are those of bench.toml, and of ZFS where that says nothing', () => {
  expect(settings({ quotaBytes: 8 * GIB })).toEqual({
    'volume.backing': 'device',
    'volume.device': '/dev/sdb',
    'volume.dataset.quota': '8G',
    'volume.dataset.reservation': '2G',
  });
});

test('an image is kept with its size, and with its path where that is not the default', () => {
  expect(
    settings({ backing: 'image', image: { path: '/data/pool.img', sizeBytes: 20 * GIB } }),
  ).toMatchObject({ 'volume.image.size': '20G', 'volume.image.path': '/data/pool.img' });
});

test('what runs, is on its way up or has failed is to run again; what was stopped is not', () => {
  const units = ['mariadb@shop.service', 'active', 'reloading', 'activating', 'failed', 'inactive'];
  const states = ['failed', ...units.slice(1)].map((active) => ({ ...UNKNOWN_UNIT, active }));
  expect(unitsBefore(units, states, 'mariadb@shop.service')).toEqual({
    activeUnits: ['mariadb@shop.service', 'active', 'reloading', 'activating', 'failed'],
    ailingUnits: ['activating', 'failed'],
  });
});
