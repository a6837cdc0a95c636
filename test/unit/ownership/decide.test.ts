import { describe, expect, it } from 'vitest';
import {
  epochToClaim,
  type StartFacts,
  verdictOnClaim,
  verdictOnRecord,
  verdictOnStart,
  verdictOnYield,
} from '../../../src/ownership/decide.js';
import type { Owner } from '../../../src/ownership/owner.js';

const owner = (of: Partial<Owner>): Owner => ({
  ...{ version: 1, bench: 'shop', lineage: '0', host: 'a', epoch: 1, yielded: null, at: '' },
  ...of,
});
const start = (of: Partial<StartFacts>) =>
  verdictOnStart({
    ...{ host: 'a', epoch: 1, superseded: false, peer: 'silent', fleet: 'none', rule: 'always' },
    ...of,
  });

describe('whether a bench starts', () => {
  it.each<[string, Partial<StartFacts>, boolean, string]>([
    ['nobody says anything', {}, true, 'right'],
    ['it was noted', { superseded: true }, false, 'superseded'],
    ['the other host has a higher epoch', { peer: { epoch: 2 } }, false, 'peer-higher'],
    ['the other host has the copy', { peer: { epoch: 1 } }, true, 'right'],
    ['etcd says so', { fleet: { owner: owner({}) } }, true, 'right'],
    ['etcd knows nothing', { fleet: { owner: undefined } }, true, 'right'],
    ['etcd says another host', { fleet: { owner: owner({ host: 'b', epoch: 2 }) } }, false, 'fleet-higher'],
    ['another host has the same epoch', { fleet: { owner: owner({ host: 'b' }) } }, false, 'fleet-higher'],
    [
      'it went on here without etcd',
      { epoch: 3, fleet: { owner: owner({ host: 'b', epoch: 2 }) } },
      true,
      'right',
    ],
    ['it was left', { fleet: { owner: owner({ yielded: 2 }) } }, false, 'yielded'],
    ['etcd is silent', { fleet: 'silent' }, true, 'right'],
    ['etcd is silent, and has to answer', { fleet: 'silent', rule: 'answered' }, false, 'unanswered'],
    ['the dataset is away', { epoch: null, peer: { epoch: 9 } }, true, 'right'],
  ])('where %s', (_, facts, mayStart, because) => {
    expect(start(facts)).toMatchObject({ mayStart, because });
  });

  it('notes the epoch that is higher', () => {
    expect(start({ peer: { epoch: 4 } }).note).toBe(4);
    expect(start({ fleet: { owner: owner({ host: 'b', epoch: 5 }) } }).note).toBe(5);
  });
});

describe('whether a host may take a bench up', () => {
  const claim = (of: Partial<Owner> | undefined, more: Partial<Parameters<typeof verdictOnClaim>[1]> = {}) =>
    verdictOnClaim(of === undefined ? undefined : owner(of), {
      ...{ host: 'b', epoch: 2, ofCopy: 1, yielded: false },
      ...more,
    });
  it('over the epoch of its copy, and over no later one', () => {
    expect(claim(undefined).kind).toBe('write');
    expect(claim({})).toEqual({ kind: 'write', owner: { host: 'b', epoch: 2, yielded: null } });
    expect(claim({ host: 'c', epoch: 2 }, { epoch: 3 })).toEqual({ kind: 'refuse', because: 'taken' });
    expect(claim({ host: 'b', epoch: 2 })).toEqual({ kind: 'mine' });
    expect(claim({}, { epoch: 1 })).toEqual({ kind: 'refuse', because: 'taken' });
  });

  it('after a move only where it was left for this epoch', () => {
    expect(claim({ yielded: 2 }, { yielded: true }).kind).toBe('write');
    expect(claim({ yielded: null }, { yielded: true })).toEqual({ kind: 'refuse', because: 'not-yielded' });
    expect(claim({ yielded: 3 }, { yielded: true })).toEqual({ kind: 'refuse', because: 'not-yielded' });
  });

  it('with an epoch above all, or the one that was begun with', () => {
    expect(epochToClaim(undefined, 'b', 1)).toBe(2);
    expect(epochToClaim(owner({ epoch: 4 }), 'b', 1)).toBe(5);
    expect(epochToClaim(owner({ host: 'b', epoch: 2 }), 'b', 1)).toBe(2);
  });
});

describe('what a host writes down', () => {
  it('is left and kept by the host that has it', () => {
    expect(verdictOnYield(owner({}), { host: 'a', epoch: 1, to: 2 })).toMatchObject({
      owner: { host: 'a', epoch: 1, yielded: 2 },
    });
    expect(verdictOnYield(owner({ host: 'b' }), { host: 'a', epoch: 1, to: null }).kind).toBe('refuse');
  });

  it('is a right that was taken while etcd did not answer, and never an older one', () => {
    expect(verdictOnRecord(owner({}), { host: 'b', epoch: 2 }).kind).toBe('write');
    expect(verdictOnRecord(owner({ host: 'b', epoch: 2 }), { host: 'a', epoch: 1 }).kind).toBe('refuse');
    expect(verdictOnRecord(owner({ host: 'b', epoch: 2 }), { host: 'a', epoch: 2 }).kind).toBe('refuse');
    expect(verdictOnRecord(owner({}), { host: 'a', epoch: 1 }).kind).toBe('mine');
  });
});
