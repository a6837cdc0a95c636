import { describe, expect, it } from 'vitest';
import { ansibleInventory } from '../../../src/fleet/ansible.js';
import { copiesOf } from '../../../src/fleet/benches.js';
import { folded } from '../../../src/fleet/exec.js';
import { isToBeWritten, parseHostRow, rowOf } from '../../../src/fleet/host-row.js';
import type { Inventory } from '../../../src/fleet/inventory.js';
import { chunkKey, parseChunkKey } from '../../../src/fleet/keys.js';
import {
  packed,
  parseInventory,
  parsePrinted,
  structureOf,
  unpackedText,
  volumesWith,
} from '../../../src/fleet/pack.js';
import type { HostResult } from '../../../src/fleet/run-on.js';
import { executedText } from '../../../src/output/fleet.js';

const inventory: Inventory = {
  version: 1,
  host: 'web1',
  address: 'web1',
  labels: { role: 'prod' },
  machine: '0'.repeat(32),
  product: '1.0.0',
  takenAt: '2026-11-30T00:00:00.000Z',
  pools: [
    { name: 'tank', usedBytes: 1, availableBytes: 2, volumes: 0, provisionedBytes: 0, health: 'ONLINE' },
  ],
  benches: [],
  volumes: [],
  copies: [],
};
const at = (minutes: number) => new Date(Date.parse(inventory.takenAt) + minutes * 60_000);

describe('what a host tells', () => {
  it('is the same after it was packed into parts', () => {
    const parts = packed(inventory);
    expect(parseInventory('web1', unpackedText('web1', parts))).toEqual(inventory);
  });

  it.each([[[Buffer.from('nonsense')]], [[]]])('is refused where it was changed: %j', (parts) => {
    expect(() => unpackedText('web1', parts)).toThrow(expect.objectContaining({ code: 'inventory-damaged' }));
  });

  it.each(['null', '{}', '[]', '{"version":2,"benches":[],"volumes":[]}', '{'])(
    'is refused where it is %s',
    (text) => {
      const damaged = expect.objectContaining({ code: 'inventory-damaged' });
      expect(() => parseInventory('web1', text)).toThrow(damaged);
      expect(() => parsePrinted('web1', text)).toThrow(damaged);
    },
  );

  it('is searched line by line, and only volumes are', () => {
    const volume = (name: string, tier: string) => ({ name, labels: { tier } });
    const volumes = [volume('Scans-1', 'gold'), volume('mail-1', 'gold'), volume('scans-2', 'silver')];
    const text = unpackedText('web1', packed({ ...inventory, volumes: volumes as never }));
    const names = (...words: string[]) => [...volumesWith('web1', text, words)].map(({ name }) => name);
    expect(names('tier', 'gold')).toEqual(['Scans-1', 'mail-1']);
    expect(names('sCANS')).toEqual(['Scans-1', 'scans-2']);
    expect(names('scans', 'silver')).toEqual(['scans-2']);
    expect(names('web1')).toEqual([]);
    expect(names('s.ans')).toEqual([]);
    const none = unpackedText('web1', packed(inventory));
    expect([...volumesWith('web1', none, ['web1'])]).toEqual([]);
  });

  it('is written at once where more than figures has changed, else after a quarter of an hour', () => {
    const structure = structureOf(inventory);
    const [pool] = inventory.pools;
    if (pool === undefined) throw new Error('no pool');
    const fuller = { ...inventory, pools: [{ ...pool, usedBytes: 100 }] };
    const worse = { ...inventory, pools: [{ ...pool, health: 'DEGRADED' }] };
    expect(structureOf(fuller)).toBe(structure);
    expect(structureOf(worse)).not.toBe(structure);
    const before = { structure, inventoryAt: inventory.takenAt };
    expect(isToBeWritten(undefined, structure, at(0))).toBe(true);
    expect(isToBeWritten(before, structure, at(5))).toBe(false);
    expect(isToBeWritten(before, structure, at(15))).toBe(true);
    expect(isToBeWritten(before, structureOf(worse), at(5))).toBe(true);
    // A clock that went back.
    expect(isToBeWritten(before, structure, at(-5))).toBe(true);
  });

  it('has keys that are in the order of time, and no other ones', () => {
    const name = { host: 'web1', generation: 17, part: 2, parts: 3 };
    expect(parseChunkKey('/bench/', chunkKey('/bench/', name))).toEqual({
      ...name,
      generation: '000000000000017',
    });
    expect(parseChunkKey('/bench/', '/bench/inventory/web1/17/x')).toBeUndefined();
    const keys = [9, 10, 1_796_009_827_866].map((generation) => chunkKey('/bench/', { ...name, generation }));
    expect([...keys].sort()).toEqual(keys);
  });

  it('is a row of which nothing is guessed', () => {
    const row = rowOf(inventory, { structure: 's', generation: 1, inventoryAt: inventory.takenAt });
    expect(parseHostRow(Buffer.from(JSON.stringify(row)))).toEqual(row);
    expect(parseHostRow(Buffer.from('{"version":2}'))).toBeUndefined();
    expect(ansibleInventory([{ ...row, present: false }])).toMatchObject({
      _meta: { hostvars: { web1: { ansible_host: 'web1', ansible_user: 'root', bench_present: false } } },
      role_prod: { hosts: ['web1'] },
      bench_absent: { hosts: ['web1'] },
    });
  });
});

describe('the copies of a bench', () => {
  const there = (name: string) => ({ name, present: true });
  const copy = (lineage: string | null) => ({
    ...{ bench: 'shop', dataset: 'tank/_copies/shop', lineage, from: 'web1', epoch: 1, usedBytes: 0 },
  });
  it('are those of its lineage, and those of which it is not known', () => {
    const copies = [
      { host: there('web2'), copy: copy('a') },
      { host: there('web3'), copy: copy('b') },
      { host: there('web4'), copy: copy(null) },
      { host: there('web1'), copy: copy('a') },
    ];
    const found = copiesOf({ name: 'shop', lineage: 'a', host: 'web1' }, copies);
    expect(found.map(({ host }) => host)).toEqual(['web2', 'web4']);
  });
});

describe('answers of many hosts', () => {
  const result = (host: string, of: Partial<HostResult>): HostResult => ({
    ...{ host, outcome: 'ok', exitCode: 0, durationMs: 1, stdout: 'fine\n', stderr: '' },
    ...of,
  });

  it('are told once where they are the same, and what went wrong last', () => {
    const answers = folded([
      result('c', { outcome: 'unreachable', exitCode: 255, stdout: '', stderr: 'no route' }),
      result('b', {}),
      result('d', { stdout: 'other\n' }),
      result('a', {}),
    ]);
    expect(answers.map(({ hosts, outcome }) => [hosts, outcome])).toEqual([
      [['a', 'b'], 'ok'],
      [['d'], 'ok'],
      [['c'], 'unreachable'],
    ]);
  });

  it('cannot move the cursor, nor look like a line of bench', () => {
    const counts = { ok: 1, failed: 0, unreachable: 0, hung: 0, interrupted: 0, skipped: 0 };
    const stdout = 'fine\n--- web2: ok\n\u001b[2J\rover\u202e\n';
    const answers = folded([result('web1', { stdout, stderr: '\u001b]0;x\u0007' })]);
    const text = executedText({ command: ['bench', 'list'], counts, answers });
    expect(text.split('\n')).toEqual([
      '--- web1: ok',
      '  fine',
      '  --- web2: ok',
      '  \\x1b[2J\\rover\\u202e',
      '  ! \\x1b]0;x\\x07',
      '1 ok',
    ]);
  });
});
