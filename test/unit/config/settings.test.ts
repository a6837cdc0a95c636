import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../src/config/load.js';
import { LIST_KEYS, OWN_KEYS } from '../../../src/config/own-keys.js';
import { parseSetting, readSettings, SETTING_KEYS } from '../../../src/config/settings.js';

const FILE = '/srv/benches/shop/bench.toml';

async function read(text: string, key: string) {
  const { config } = await checkConfig(text, FILE);
  if (config === undefined) throw new Error('not valid');
  return readSettings(config, key);
}

describe('settings', () => {
  it('know every key of the schema', () => {
    const keys = Object.entries(OWN_KEYS).flatMap(([table, names]) =>
      names.map((name) => `${table}.${name}`),
    );
    expect([...SETTING_KEYS].sort()).toEqual(
      keys.filter((key) => !(key in OWN_KEYS || key in LIST_KEYS)).sort(),
    );
  });

  it('are read with their defaults, one or a whole table', async () => {
    const text =
      '[bench]\nname = "shop"\n[volume.dataset]\nquota = "1024M"\n[snapshot]\nlock_timeout = "2m"\n';
    expect(await read(text, 'volume.pool')).toEqual({ 'volume.pool': 'bench-pool' });
    expect(await read(text, 'volume')).toEqual({
      'volume.pool': 'bench-pool',
      'volume.backing': 'auto',
      'volume.encryption': 'off',
      'volume.key': null,
      'volume.device': null,
      'volume.name': 'shop',
      'volume.image.size': null,
      'volume.image.path': '/var/lib/bench-zfs/bench-pool.img',
      'volume.dataset.reservation': null,
      'volume.dataset.quota': '1G',
      'volume.dataset.direct_io': null,
    });
    expect(await read(text, 'snapshot.lock_timeout')).toEqual({ 'snapshot.lock_timeout': '120s' });
  });

  it('that are read can be written again', async () => {
    const text = '[bench]\nname = "shop"\n[snapshot]\nlock_timeout = "1500ms"\n';
    expect((await read(text, 'snapshot'))['snapshot.lock_timeout']).toBe('1500ms');
  });

  it.each(['volum.pool', 'vol', 'mariadb.root_password', 'redis', '', 'volume.'])(
    'do not know %j',
    async (key) => {
      await expect(read('[bench]\nname = "shop"', key)).rejects.toMatchObject({ code: 'config-key-unknown' });
      expect(() => parseSetting(key, 'x')).toThrow(expect.objectContaining({ code: 'config-key-unknown' }));
    },
  );

  it('suggest the nearest key', async () => {
    await expect(read('[bench]\nname = "shop"', 'volume.poool')).rejects.toMatchObject({
      suggestions: ['Did you mean volume.pool?'],
    });
  });

  it.each<[string, string, unknown]>([
    ['mariadb.port', '3310', 3310],
    ['mariadb.port', 'x', 'x'],
    ['volume.dataset.quota', '60G', '60G'],
    ['volume.dataset.quota', '1073741824', '1073741824'],
    ['maintenance.units', 'a.service,b.service', ['a.service', 'b.service']],
    ['maintenance.units', '', []],
    ['schedule.snapshot', 'hourly', 'hourly'],
    ['schedule.keep.hourly', '24', 24],
    ['schedule.keep_days', 'x', 'x'],
    ['schedule.prune', 'false', false],
    ['schedule.prune', 'no', 'no'],
  ])('%s %j', (key, text, value) => {
    expect(parseSetting(key, text)).toEqual(value);
  });
});
