import { expect, test } from 'vitest';
import { mayHaveEnd } from '../../../src/clone/sweep.js';
import { cloneProperties, LIST_POOLS_ARGV } from '../../../src/zfs/zfs.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const COLUMNS =
  'name,used,available,quota,reservation,mounted,mountpoint,bench:name,canmount,keystatus,encryptionroot,creation,prevsnap,' +
  'origin,bench:origin,bench:from-template,bench:clone,bench:server-id,bench:held-units,bench:expires,bench:protected';

/** What `zfs list` prints of a dataset with these user properties. */
function row(name: string, properties: Record<string, string> = {}): string {
  const plain: Record<string, string> = { name, mounted: 'yes', mountpoint: `/${name}`, canmount: 'on' };
  const numbers = ['used', 'available', 'quota', 'reservation', 'creation'];
  const values = COLUMNS.split(',').map(
    (column) => plain[column] ?? properties[column] ?? (numbers.includes(column) ? '0' : '-'),
  );
  return `${values.join('\t')}\n`;
}

function clone(name: string, expiresAt: Date | undefined): string {
  const marks = { source: 'shop', tag: 'now', template: undefined, state: 'ready', serverId: 7 } as const;
  const properties = cloneProperties({ ...marks, heldUnits: [], expiresAt, isProtected: false });
  return row(name, { 'bench:name': 'try', origin: 'tank/shop@now', ...properties });
}

/** A host with these pools, by their health, of which `zfs list` says this. */
function host(health: Record<string, string>, datasets: string, exitCode = 0): ScriptedRunner {
  const pools = Object.keys(health);
  const healthy = pools.filter((pool) => health[pool] !== 'SUSPENDED');
  return new ScriptedRunner([
    {
      argv: LIST_POOLS_ARGV,
      stdout: pools.map((pool) => `${pool}\t7\t${health[pool]}\t1\t1\t1\toff\t12\n`).join(''),
    },
    {
      argv: ['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d', '1', '-o', COLUMNS, ...healthy],
      stdout: datasets,
      exitCode,
    },
  ]);
}

const inPool = (name: string) => ({
  dataset: `${name}/try`,
  clone: { source: 'shop', serverId: 7, isHeld: false, heldUnits: [] },
});
const ONLINE = { tank: 'ONLINE' };

test('the timer of sweeps stays as long as a clone has an end', async () => {
  const ending = row('tank') + clone('tank/try', new Date('2026-11-30T12:00:00Z'));
  expect(await mayHaveEnd(host(ONLINE, ending), [inPool('tank')])).toBe(true);
});

test('and ends where every clone can be seen, and none has one', async () => {
  const endless = row('tank') + clone('tank/try', undefined);
  expect(await mayHaveEnd(host(ONLINE, endless), [inPool('tank')])).toBe(false);
  // A bench that is no clone has no end, wherever its pool is.
  expect(await mayHaveEnd(host(ONLINE, row('tank')), [{ ...inPool('other'), clone: undefined }])).toBe(false);
  expect(await mayHaveEnd(host({}, ''), [])).toBe(false);
});

test('what cannot be seen is not taken for none', async () => {
  // Not imported, such as one whose disk is out or whose import has failed.
  expect(await mayHaveEnd(host({}, ''), [inPool('tank')])).toBe(true);
  expect(await mayHaveEnd(host(ONLINE, row('tank')), [inPool('other')])).toBe(true);
  expect(await mayHaveEnd(host({ ...ONLINE, other: 'SUSPENDED' }, row('tank')), [])).toBe(true);
  // In the middle of a restore that sets it aside.
  const aside = row('tank') + clone('tank/_try.kept', new Date('2026-11-30T12:00:00Z'));
  expect(await mayHaveEnd(host(ONLINE, aside), [inPool('tank')])).toBe(true);
  // It was in the list of pools, and gave no answer.
  expect(await mayHaveEnd(host(ONLINE, '', 1), [inPool('tank')])).toBe(true);
});
