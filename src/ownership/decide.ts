import type { Owner } from './owner.js';

/**
 * The rules of who may run a bench. Pure, and all of them: the product decides by these, and so does the model that is
 * walked through in test/unit/ownership.
 */

/** What the host that copies go to has said: the highest epoch that it knows, `null` for none; or nothing. */
export type Peer = { epoch: number | null } | 'silent';

/** What is known where a bench is about to start. */
export interface StartFacts {
  host: string;
  /** Of the dataset here; null where it cannot be read. */
  epoch: number | null;
  /** It was noted before that another host has it. */
  superseded: boolean;
  peer: Peer;
  /** What etcd says; `none`: this host is in no fleet. */
  fleet: { owner: Owner | undefined } | 'silent' | 'none';
  /** `answered`: not without etcd's word. */
  rule: 'always' | 'answered';
}

export interface StartVerdict {
  mayStart: boolean;
  /** The epoch elsewhere, which is noted: from then on nothing starts it. */
  note: number | null;
  because: 'right' | 'superseded' | 'peer-higher' | 'fleet-higher' | 'yielded' | 'unanswered';
}

/** Whether a bench may start here. */
export function verdictOnStart(facts: StartFacts): StartVerdict {
  const { host, epoch, superseded, peer, fleet, rule } = facts;
  const no = (because: StartVerdict['because'], note: number | null = null): StartVerdict => ({
    mayStart: false,
    note,
    because,
  });
  if (epoch !== null && peer !== 'silent' && peer.epoch !== null && peer.epoch > epoch)
    return no('peer-higher', peer.epoch);
  if (typeof fleet === 'object' && fleet.owner !== undefined && epoch !== null) {
    const { owner } = fleet;
    // The same epoch on two hosts is that of etcd's.
    if (owner.host !== host && owner.epoch >= epoch) return no('fleet-higher', owner.epoch);
    if (owner.host === host && owner.yielded !== null) return no('yielded', owner.yielded);
  }
  if (superseded) return no('superseded');
  if (rule === 'answered' && fleet === 'silent') return no('unanswered');
  return { mayStart: true, note: null, because: 'right' };
}

/** What a host does to have the right: `write` over what it has seen, and over nothing else. */
export type ClaimVerdict =
  | { kind: 'mine' }
  | { kind: 'write'; owner: Pick<Owner, 'host' | 'epoch' | 'yielded'> }
  | { kind: 'refuse'; because: 'taken' | 'not-yielded' };

/** The epoch that a bench gets where it is taken up from a copy: one that was begun with goes on. */
export function epochToClaim(owner: Owner | undefined, host: string, ofCopy: number): number {
  if (owner?.host === host && owner.epoch > ofCopy) return owner.epoch;
  return Math.max(ofCopy, owner?.epoch ?? 0) + 1;
}

/**
 * Whether a host may take a bench up.
 * @param ofCopy the epoch that its copy was sent with
 * @param yielded the host that runs it has said that it leaves it: then etcd has to know that, too
 */
export function verdictOnClaim(
  owner: Owner | undefined,
  { host, epoch, ofCopy, yielded }: { host: string; epoch: number; ofCopy: number; yielded: boolean },
): ClaimVerdict {
  const write: ClaimVerdict = { kind: 'write', owner: { host, epoch, yielded: null } };
  if (owner === undefined) return write;
  if (owner.host === host && owner.epoch === epoch && owner.yielded === null) return { kind: 'mine' };
  if (owner.host === host) return owner.epoch <= ofCopy ? write : { kind: 'refuse', because: 'taken' };
  // A copy of an older reign is not what the bench is now.
  if (owner.epoch > ofCopy || epoch <= owner.epoch) return { kind: 'refuse', because: 'taken' };
  if (yielded && owner.yielded !== epoch) return { kind: 'refuse', because: 'not-yielded' };
  return write;
}

/** Whether a host may leave a bench to another one, or take that back. */
export function verdictOnYield(
  owner: Owner | undefined,
  { host, epoch, to }: { host: string; epoch: number; to: number | null },
): ClaimVerdict {
  if (owner !== undefined && owner.host !== host) return { kind: 'refuse', because: 'taken' };
  return { kind: 'write', owner: { host, epoch: owner?.epoch ?? epoch, yielded: to } };
}

/** What a host writes down of a bench that it runs: of one that was taken up while etcd did not answer, its right. */
export function verdictOnRecord(
  owner: Owner | undefined,
  { host, epoch }: { host: string; epoch: number },
): ClaimVerdict {
  const write: ClaimVerdict = { kind: 'write', owner: { host, epoch, yielded: null } };
  if (owner === undefined || owner.epoch < epoch) return write;
  return owner.host === host ? { kind: 'mine' } : { kind: 'refuse', because: 'taken' };
}
