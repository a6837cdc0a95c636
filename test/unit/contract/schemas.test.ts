import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { contract } from '../../../scripts/contract.js';
import { schemaFiles } from '../../../scripts/schemas.js';
import { BenchError } from '../../../src/errors.js';
import { failureJson } from '../../../src/output/failure.js';
import { readJson } from '../../contract.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('every command has its schema in scripts/contract.ts', () => {
  const commands = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length).replaceAll('/', ':'));
  expect(Object.keys(contract).sort()).toEqual(commands.sort());
});

test('schemas/ holds what `npm run schemas` writes', () => {
  const files = readdirSync(join(root, 'schemas')).map((name): [string, string] => [
    name,
    readFileSync(join(root, 'schemas', name), 'utf8'),
  ]);
  expect(new Map(files)).toEqual(schemaFiles());
});

describe('what is read against a schema', () => {
  const snapshot = {
    tag: '20250528-140000',
    name: 'bench-pool/shop@20250528-140000',
    createdAt: '2025-05-28T14:00:00.000Z',
    quiesce: 'backup-stage',
    lockWaitMs: 79,
    lockHeldMs: 12,
  };
  const read = (value: unknown) => readJson(['volume', 'snapshot', '-b', 'shop'], 0, JSON.stringify(value));

  test('is what SPEC names, with exactly its keys', () => {
    expect(read(snapshot)).toEqual(snapshot);
  });

  test.each<[string, object]>([
    ['a key too many', { ...snapshot, extra: 1 }],
    ['a key too few', { ...snapshot, quiesce: undefined }],
    ['a time without its zone', { ...snapshot, createdAt: '2025-05-28 14:00:00' }],
    ['a number as a text', { ...snapshot, lockWaitMs: '79' }],
    ['half a byte', { ...snapshot, lockHeldMs: 0.5 }],
  ])('is refused with %s', (_, value) => {
    expect(() => read(value)).toThrow('volume-snapshot.schema.json');
  });

  test('is an error where the command failed', () => {
    const failed = failureJson(
      new BenchError('pool-missing', 'There is no pool.', { command: ['zpool', 'list'] }),
    );
    expect(readJson(['volume', 'status'], 1, JSON.stringify(failed))).toEqual(failed);
    expect(() => readJson(['volume', 'status'], 1, JSON.stringify(snapshot))).toThrow('error.schema.json');
  });
});
