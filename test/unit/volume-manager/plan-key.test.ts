import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { BenchError } from '../../../src/errors.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import { encodeEscrow, escrowOf } from '../../../src/keys/escrow.js';
import { Secret } from '../../../src/keys/secret.js';
import type { Facts } from '../../../src/volume-manager/facts.js';
import type { KeyFacts } from '../../../src/volume-manager/key-facts.js';
import { planInit } from '../../../src/volume-manager/plan.js';
import { planLoad, planPresentKey, refuseOtherEncryption } from '../../../src/volume-manager/plan-key.js';
import type { Dataset } from '../../../src/zfs/datasets.js';
import { disk, freshHost } from './fresh-host.js';

const context = { now: '20260101-000000', mysql: { uid: 100, gid: 101 } };
const passphrase = new Secret('a passphrase');

async function configOf(key: string): Promise<BenchConfig> {
  const text = `[bench]\nname = "shop"\n[volume]\nencryption = "on"\nkey = "${key}"\n`;
  const { config, findings } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

const key = (over: Partial<KeyFacts> = {}): KeyFacts => ({
  isStored: false,
  isPlaced: false,
  hasPlace: false,
  encryption: undefined,
  escrow: undefined,
  all: [],
  shared: [],
  unit: UNKNOWN_UNIT,
  flags: { escrow: { kind: 'none' }, passphrase: undefined },
  ...over,
});

const hostOf = (config: BenchConfig, facts: KeyFacts): Facts => ({
  ...freshHost(config),
  disks: [disk],
  key: facts,
});

const kinds = (config: BenchConfig, facts: KeyFacts) =>
  planInit(config, hostOf(config, facts), context).steps.map(({ kind }) => kind);

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as BenchError).code;
  }
};

const dataset = (over: Partial<Dataset> = {}): Dataset => ({
  name: 'bench-pool/shop',
  usedBytes: 0,
  availableBytes: 0,
  quotaBytes: 0,
  reservationBytes: 0,
  mounted: false,
  mountpoint: '/bench-pool/shop',
  bench: 'shop',
  canmount: 'on',
  lockedBy: undefined,
  createdAt: new Date(0),
  origin: undefined,
  clone: undefined,
  ...over,
});

describe('a new encrypted bench', () => {
  test('has its key stored before anything is encrypted, and a copy of it before anything is brought in', async () => {
    const found = kinds(await configOf('credential'), key());
    const order = [
      'keys.mount',
      'key.make',
      'dataset.create',
      'key.escrow',
      'dataset.mount',
      'sentinel.write',
    ];
    expect(order.map((kind) => found.indexOf(kind as (typeof found)[number]))).toEqual(
      order.map((kind) => found.indexOf(kind as (typeof found)[number])).sort((a, b) => a - b),
    );
    expect(order.every((kind) => found.includes(kind as (typeof found)[number]))).toBe(true);
    expect(found).toContain('unit.enable');
  });

  test('takes the key that lies there: of an operator, or of an init that was cut off', async () => {
    const found = kinds(await configOf('file:/media/keys/shop.key'), key({ isStored: true }));
    expect(found).toContain('key.fetch');
    expect(found).not.toContain('key.make');
  });

  test('is not begun without a word on a copy, nor without the passphrase that wraps it', async () => {
    const credential = await configOf('credential');
    const silent = key({ flags: { escrow: undefined, passphrase: undefined } });
    expect(codeOf(() => kinds(credential, silent))).toBe('escrow-needed');
    const prompt = await configOf('prompt');
    expect(codeOf(() => kinds(prompt, key()))).toBe('passphrase-needed');
    expect(kinds(prompt, key({ flags: { escrow: { kind: 'none' }, passphrase } }))).toContain('key.make');
  });

  test('has the name of its key written out', async () => {
    const config = await configOf('prompt');
    const { steps } = planInit(
      config,
      hostOf(config, key({ flags: { escrow: { kind: 'none' }, passphrase } })),
      context,
    );
    expect(steps[0]).toMatchObject({
      kind: 'config.write',
      changes: expect.arrayContaining([{ key: 'volume.key', value: 'prompt:shop' }]),
    });
  });
});

describe('a dataset that is there', () => {
  test('is neither encrypted nor forgotten where it is', async () => {
    const on = await configOf('credential');
    const off: BenchConfig = { ...on, volume: { ...on.volume } };
    delete off.volume.key;
    const judge = (config: BenchConfig, encryptionRoot?: string) =>
      codeOf(() =>
        refuseOtherEncryption(config, {
          ...freshHost(config),
          dataset: dataset(encryptionRoot === undefined ? {} : { encryptionRoot }),
        }),
      );
    expect(judge(on)).toBe('encryption-in-place');
    expect(judge(on, 'bench-pool')).toBe('encryption-in-place');
    expect(judge(on, 'bench-pool/shop')).toBe('none');
    expect(judge(on, 'bench-pool/origin')).toBe('none');
    expect(judge(off)).toBe('none');
    expect(judge(off, 'bench-pool')).toBe('none');
    expect(judge(off, 'bench-pool/shop')).toBe('encryption-not-configured');
  });

  const encryption = {
    dataset: 'bench-pool/shop',
    root: 'bench-pool/shop',
    isLoaded: true,
    location: 'file:///run/bench/keys/shop',
    isMounted: true,
    key: 'abc',
    escrow: encodeEscrow(escrowOf('abc', undefined, new Date(0))),
  };

  test('without a record of a copy is asked for one, also where it shares its key', async () => {
    const config = await configOf('credential');
    const facts = key({ encryption, shared: ['bench-pool/shop', 'bench-pool/try'], isPlaced: true });
    expect(planPresentKey(config, hostOf(config, facts), 'bench-pool/shop')).toEqual([
      expect.objectContaining({ kind: 'key.escrow', datasets: ['bench-pool/shop', 'bench-pool/try'] }),
    ]);
    const done = { ...facts, escrow: escrowOf('abc', undefined, new Date(0)) };
    expect(planPresentKey(config, hostOf(config, done), 'bench-pool/shop')).toEqual([]);
    const later = { ...facts, flags: { escrow: undefined, passphrase: undefined, withoutEscrow: true } };
    expect(planPresentKey(config, hostOf(config, later), 'bench-pool/shop')).toEqual([]);
  });

  test('is unlocked by the key of whatever it belongs to; a passphrase is not asked for', async () => {
    const locked = dataset({ lockedBy: 'bench-pool/try', encryptionRoot: 'bench-pool/try' });
    const credential = await configOf('credential');
    expect(planLoad(credential, hostOf(credential, key({ isStored: true })), locked)).toEqual([
      expect.objectContaining({ kind: 'key.fetch', root: 'bench-pool/try' }),
      { kind: 'key.load', root: 'bench-pool/try', file: '/run/bench/keys/shop' },
    ]);
    const prompt = await configOf('prompt');
    expect(codeOf(() => planLoad(prompt, hostOf(prompt, key({ isStored: true })), locked))).toBe(
      'key-not-loaded',
    );
    expect(planLoad(credential, hostOf(credential, key()), dataset())).toEqual([]);
  });
});
