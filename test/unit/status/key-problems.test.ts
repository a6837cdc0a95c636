import { expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import { encodeEscrow, escrowOf } from '../../../src/keys/escrow.js';
import type { Evidence, KeyEvidence } from '../../../src/status/evidence.js';
import { keyProblems } from '../../../src/status/key-problems.js';
import type { Dataset } from '../../../src/zfs/datasets.js';

const config = {
  name: 'shop',
  volume: { pool: 'bench-pool', key: { kind: 'credential', name: 'shop' } },
} as unknown as BenchConfig;
const plain = { name: 'shop', volume: { pool: 'bench-pool' } } as unknown as BenchConfig;
const encryption = {
  dataset: 'bench-pool/shop',
  root: 'bench-pool/shop',
  isLoaded: true,
  location: 'file:///run/bench/keys/shop',
  isMounted: true,
  key: 'abc',
  escrow: encodeEscrow(escrowOf('abc', { kind: 'recipients', recipients: ['age1x'] }, new Date(0))),
};
const healthy: KeyEvidence = {
  encryption,
  isStored: true,
  isRotating: false,
  unit: { ...UNKNOWN_UNIT, fragment: '/etc/systemd/system/bench-key-shop.service', enabled: 'enabled' },
};
const codes = (of: BenchConfig, dataset: Partial<Dataset>, key?: Partial<KeyEvidence>) =>
  keyProblems(
    of,
    {
      dataset: { name: 'bench-pool/shop', mounted: true, ...dataset },
      key: key === undefined ? undefined : { ...healthy, ...key },
    } as unknown as Evidence,
    'bench init -b shop',
  ).map(({ code }) => code);
const own = { encryptionRoot: 'bench-pool/shop' };

test.each<[string, string[], Partial<KeyEvidence>, Partial<Dataset>]>([
  ['all is well', [], {}, own],
  ['ZFS has forgotten it', ['key-forgotten'], {}, { ...own, lockedBy: 'bench-pool/shop' }],
  [
    'it is not mounted, which is told elsewhere',
    [],
    {},
    { ...own, mounted: false, lockedBy: 'bench-pool/shop' },
  ],
  ['a rotation was cut off', ['key-rotating'], { isRotating: true }, own],
  ['its unit is off', ['key-not-at-boot'], { unit: { ...healthy.unit, enabled: 'disabled' } }, own],
  ['the unit is missing, which is told elsewhere', [], { unit: UNKNOWN_UNIT }, own],
  ['no copy', ['key-not-exported'], { encryption: { ...encryption, escrow: undefined } }, own],
  ['a copy of another key', ['key-not-exported'], { encryption: { ...encryption, key: 'other' } }, own],
  [
    'nobody wanted one',
    ['key-copy-none'],
    { encryption: { ...encryption, escrow: encodeEscrow(escrowOf('abc', undefined, new Date(0))) } },
    own,
  ],
  ['the stick was pulled', ['key-source-missing'], { isStored: false }, own],
  ['it is not encrypted', ['encryption-differs'], {}, {}],
])('%s', (_, expected, key, dataset) => {
  expect(codes(config, dataset, key)).toEqual(expected);
});

test('a bench that wants none: nothing, unless it is encrypted for itself', () => {
  expect(codes(plain, {})).toEqual([]);
  expect(codes(plain, { encryptionRoot: 'bench-pool' })).toEqual([]);
  expect(codes(plain, own)).toEqual(['encryption-differs']);
});
