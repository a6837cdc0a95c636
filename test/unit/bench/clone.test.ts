import { describe, expect, test } from 'vitest';
import {
  asClone,
  cloneJson,
  clonesOf,
  finishCloneCommand,
  isTimedByInit,
  refuseHeldClone,
  unitsToHold,
} from '../../../src/bench/bench.js';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { CloneMarks, CloneState, Dataset } from '../../../src/zfs/zfs.js';

const MARKS: CloneMarks = {
  source: 'shop',
  tag: 't',
  template: undefined,
  state: 'held',
  serverId: 7,
  heldUnits: ['shop-web.service'],
  expiresAt: undefined,
  isProtected: false,
};

async function config(): Promise<BenchConfig> {
  const text = `[bench]
name = "try"
[volume.dataset]
reservation = "15G"
quota = "60G"
[maintenance]
units = ["shop-web.service", "try-web.service"]
`;
  const found = await checkConfig(text, '/srv/benches/try/bench.toml');
  if (found.config === undefined) throw new Error('the bench.toml of this test is wrong');
  return found.config;
}

test('of its bench.toml a clone leaves the units of its source, and the space that is guaranteed to that', async () => {
  const own = asClone(await config(), { clone: MARKS, reservationBytes: 0 });
  expect(own.maintenance.units).toEqual(['try-web.service']);
  expect(own.volume).toMatchObject({ reservationBytes: 0, quotaBytes: 60 * 1024 ** 3 });
});

test('a bench that is no clone keeps all of it', async () => {
  const all = await config();
  expect(asClone(all, { clone: undefined, reservationBytes: 0 })).toBe(all);
  expect(asClone(all, undefined)).toBe(all);
});

describe('units that a clone must leave alone', () => {
  const others = [{ name: 'shop', units: ['redis.service', 'shop-web.service'] }];
  test.each([
    ['redis.service', 'it is a unit of the bench shop'],
    ['shop-web.service', 'it is a unit of the bench shop'],
    ['shop.service', 'it carries the name of shop'],
    ['worker@shop.service', 'it carries the name of shop'],
    ['my\\x2dshop.service', 'it carries the name of shop'],
    ['SHOP_worker@1.service', 'it carries the name of shop'],
  ])('%s: %s', (unit, because) => {
    expect(unitsToHold([unit], 'shop', others)).toEqual([{ unit, because }]);
  });
  test.each(['bookshop.service', 'shopping-web.service', 'web.service', 'try-web.service'])(
    'not %s',
    (unit) => {
      expect(unitsToHold([unit], 'shop', others)).toEqual([]);
    },
  );
});

test('clones are benches whose datasets have an origin in this one; what a restore keeps is none', () => {
  const dataset = (name: string, origin: string | undefined, bench: string | undefined) =>
    ({ name, origin, bench }) as Dataset;
  const all = [
    dataset('bench-pool/shop', undefined, 'shop'),
    dataset('bench-pool/try', 'bench-pool/shop@t', 'try'),
    dataset('bench-pool/_shop.kept', 'bench-pool/shop@u', 'shop'),
    dataset('bench-pool/other', 'bench-pool/shop2@t', 'other'),
    dataset('bench-pool/alien', 'bench-pool/shop@t', undefined),
  ];
  expect(clonesOf('bench-pool/shop', all)).toEqual(['try']);
});

test('the command that goes on names the source, or the template', () => {
  expect(finishCloneCommand('try', { source: 'shop' })).toBe('bench clone shop try');
  expect(finishCloneCommand('try', { source: 'shop', template: null })).toBe('bench clone shop try');
  expect(finishCloneCommand('try', { source: 'shop', template: 'base' })).toBe(
    'bench clone --template base try',
  );
});

describe('what travels with no copy', () => {
  const marks = { source: 'shop', template: undefined } as CloneMarks;
  const refuse = (state: CloneState) => () => refuseHeldClone('try', { clone: { ...marks, state } });

  test.each<[CloneState, string]>([
    ['held', 'bench clone release try'],
    ['unprepared', 'bench clone shop try'],
  ])('keeps a clone that is %s from being copied', (state, command) => {
    expect(refuse(state)).toThrow(
      expect.objectContaining({
        code: 'clone-held',
        suggestions: [expect.stringContaining(command)],
      }),
    );
  });

  test.each<CloneState>(['prepared', 'ready'])('is nothing of one that is %s', (state) => {
    expect(refuse(state)).not.toThrow();
  });
});

test.each([
  ['a clone', { template: undefined }, 'tank/shop@monday', true],
  ['a bench made from a template', { template: 'base' }, 'tank/_templates/base@x', false],
  ['a promoted clone', { template: undefined }, undefined, false],
])('%s: whether its timers wait for an init', (_, marks, origin, expected) => {
  expect(isTimedByInit(cloneJson({ clone: marks as CloneMarks, origin }))).toBe(expected);
});

test('a bench of its own has the timers that its bench.toml wants', () => {
  expect(isTimedByInit(cloneJson({ clone: undefined, origin: undefined }))).toBe(false);
  expect(isTimedByInit(cloneJson(undefined))).toBe(false);
});
