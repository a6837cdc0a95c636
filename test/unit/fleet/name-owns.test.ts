import { expect, test } from 'vitest';
import { ownedBefore } from '../../../src/fleet/name-owns.js';

const me = { host: 'web1-berlin', machine: 'm1' };
const shop = { name: 'shop', lineage: 'a', epoch: 1, supersededBy: null };
const right = {
  version: 1,
  bench: 'shop',
  lineage: 'a',
  host: 'web1',
  epoch: 1,
  yielded: null,
  at: '',
} as const;
const owned = (over: {
  bench?: Partial<typeof shop>;
  right?: Partial<typeof right>;
  hosts?: Parameters<typeof ownedBefore>[2]['hosts'];
}) =>
  ownedBefore(me, [{ ...shop, ...over.bench }], {
    owners: new Map([['shop/a', { ...right, ...over.right }]]),
    hosts: over.hosts ?? [],
  }).map(({ bench }) => bench);

test.each<[string, Parameters<typeof owned>[0]]>([
  ['its row was forgotten', {}],
  ['its row is there still', { hosts: [{ name: 'web1', machine: 'm1', present: true }] }],
  ['the disks of one that is gone are here', { hosts: [{ name: 'web1', machine: 'm0', present: false }] }],
])('under another name a host would lose its right to itself: %s', (_, over) => {
  expect(owned(over)).toEqual(['shop']);
});

test.each<[string, Parameters<typeof owned>[0]]>([
  ['it keeps the name', { right: { host: 'web1-berlin' as 'web1' } }],
  ['the bench has gone on', { right: { epoch: 2 as 1 } }],
  ['it is another bench of that name', { bench: { lineage: 'b' } }],
  ['it has no copies', { bench: { lineage: null as unknown as string } }],
  ['another machine of that name is there', { hosts: [{ name: 'web1', machine: 'm2', present: true }] }],
])('and not where %s', (_, over) => {
  expect(owned(over)).toEqual([]);
});
