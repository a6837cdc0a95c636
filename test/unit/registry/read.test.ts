import { expect, test } from 'vitest';
import { aroundArgv, registryArgv } from '../../../src/registry/read.js';

test('what one attachment is decided on is named one by one, and nothing below it is asked for', () => {
  const argv = aroundArgv(['tank', 'other'], 'files', 'shop');
  expect(argv[argv.indexOf('-d') + 1]).toBe('0');
  const places = (pool: string) => [
    ...[pool, `${pool}/_volumes`, `${pool}/_preserved`, `${pool}/_overlays`, `${pool}/_exports`],
    ...[`${pool}/_volumes/files`, `${pool}/_overlays/shop.files`],
  ];
  const columns = argv.indexOf('-o') + 2;
  expect(argv.slice(columns)).toEqual([...places('tank'), ...places('other')]);
  // The same columns as of all: both are read by one parser.
  expect(argv[columns - 1]).toBe(registryArgv(['tank'])[columns - 1]);
});
