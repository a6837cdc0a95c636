import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { Facts } from '../../../src/volume-manager/facts.js';
import { planInit } from '../../../src/volume-manager/plan.js';
import { desiredProperties } from '../../../src/volume-manager/properties.js';
import type { Dataset } from '../../../src/zfs/datasets.js';
import { freshHost } from './fresh-host.js';

async function configOf(directIo?: boolean): Promise<BenchConfig> {
  const dataset = directIo === undefined ? '' : `[volume.dataset]\ndirect_io = ${directIo}\n`;
  const toml = `[bench]\nname = "shop"\n${dataset}`;
  const { config, findings } = await checkConfig(toml, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

const SIZES = { quotaBytes: 2, reservationBytes: 1, notes: [] };

async function wanted(facts: Partial<Facts>, directIo?: boolean) {
  const config = await configOf(directIo);
  return desiredProperties(config, { ...freshHost(config), ...facts }, SIZES);
}

const there = (properties: Record<string, string>): Partial<Facts> => ({
  dataset: { name: 'bench-pool/shop' } as Dataset,
  properties,
});

describe('compression', () => {
  test('of a new dataset is zstd, and lz4 where ZFS or the pool is too old for it', async () => {
    expect(await wanted({})).toMatchObject({ compression: 'zstd' });
    expect(await wanted({ knowsZstd: false })).toMatchObject({ compression: 'lz4' });
  });

  test.each(['zstd', 'lz4'])('of a dataset that has %s stays', async (compression) => {
    expect(await wanted(there({ compression }))).toMatchObject({ compression });
  });

  test.each(['off', 'on', 'gzip-9'])('%s is changed', async (compression) => {
    expect(await wanted(there({ compression }))).toMatchObject({ compression: 'zstd' });
  });
});

describe('direct I/O', () => {
  test('is off for a new dataset, and on where bench.toml wants it', async () => {
    expect(await wanted({})).toMatchObject({ direct: 'disabled' });
    expect(await wanted({}, true)).toMatchObject({ direct: 'always' });
  });

  test('of a dataset that is there follows bench.toml, and stays where that says nothing', async () => {
    expect(await wanted(there({ direct: 'standard' }))).not.toHaveProperty('direct');
    expect(await wanted(there({ direct: 'disabled' }), true)).toMatchObject({ direct: 'always' });
    expect(await wanted(there({ direct: 'always' }), false)).toMatchObject({ direct: 'disabled' });
  });

  test('of one that was made and got no properties is that of a new one', async () => {
    expect(await wanted({ ...there({ direct: 'standard' }), datasetIsUnfinished: true })).toMatchObject({
      direct: 'disabled',
    });
  });

  test('is no property of an older ZFS, and wanting it there is refused', async () => {
    expect(await wanted({ knowsDirect: false })).not.toHaveProperty('direct');
    const config = await configOf(true);
    const facts = { ...freshHost(config), knowsDirect: false };
    expect(() => planInit(config, facts, { now: '20260101-000000', mysql: undefined })).toThrowError(
      expect.objectContaining({ code: 'direct-io-unknown', exitCode: 3 }),
    );
  });
});
