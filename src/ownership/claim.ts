import { RefusedError, UsageError } from '../errors.js';
import {
  type ClaimVerdict,
  epochToClaim,
  verdictOnClaim,
  verdictOnRecord,
  verdictOnYield,
} from './decide.js';
import type { Fleet } from './fleet-of-host.js';
import { type Owner, ownerKey, ownersPrefix, parseOwner } from './owner.js';

/** What etcd says of a bench, and of which change of it that is. */
export interface Standing {
  bench: string;
  lineage: string;
  owner: Owner | undefined;
  /** `0` where there is no key. */
  revision: string;
}

/** A host that wants to take a bench up. */
export interface Claim {
  /** The epoch that its copy was sent with. */
  ofCopy: number;
  /** The host that runs it has left it for this epoch; undefined where nobody has said so. */
  yielded?: number | undefined;
}

export interface Granted {
  epoch: number;
  /** It had the right before: this is taken up again. */
  again: boolean;
}

/**
 * What etcd says of a bench.
 * @param lineage undefined where the copy does not tell: then there must be one bench of that name only
 * @throws UsageError `owner-ambiguous`
 */
export async function readStanding(
  { client, config }: Fleet,
  bench: string,
  lineage: string | undefined,
): Promise<Standing | undefined> {
  if (lineage !== undefined) {
    const found = await client.get(ownerKey(config.prefix, { bench, lineage }));
    if (found === undefined) return { bench, lineage, owner: undefined, revision: '0' };
    return { bench, lineage, owner: parseOwner(found.key, found.value), revision: found.modRevision };
  }
  const standings: Standing[] = [];
  for await (const page of client.list(ownersPrefix(config.prefix, bench)))
    for (const { key, value, modRevision: revision } of page) {
      const owner = parseOwner(key, value);
      standings.push({ bench, lineage: owner.lineage, owner, revision });
    }
  if (standings.length > 1)
    throw new UsageError(
      'owner-ambiguous',
      `The fleet knows several benches ${bench}: of ${standings.map(({ owner }) => owner?.host).join(', ')}. Nothing was changed.`,
      { suggestions: ['zfs set bench:lineage=… on the copy, as it is on the bench that it is of'] },
    );
  return standings[0];
}

/**
 * Takes the right to run a bench, over what was seen of it and over nothing else: who starts it meanwhile keeps it.
 * @throws RefusedError `owner-taken`, `owner-changed`
 */
export async function claim(fleet: Fleet, seen: Standing, { ofCopy, yielded }: Claim): Promise<Granted> {
  const host = fleet.config.name;
  const epoch = yielded ?? epochToClaim(seen.owner, host, ofCopy);
  const verdict = verdictOnClaim(seen.owner, { host, epoch, ofCopy, yielded: yielded !== undefined });
  if (verdict.kind === 'mine') return { epoch, again: true };
  await carryOut(fleet, seen, verdict);
  return { epoch, again: false };
}

/** The host that runs a bench leaves it to whoever takes it up with this epoch. */
export async function yieldTo(fleet: Fleet, seen: Standing, epoch: number, to: number): Promise<void> {
  await carryOut(fleet, seen, verdictOnYield(seen.owner, { host: fleet.config.name, epoch, to }));
}

/** And takes that back, where nobody has. */
export async function takeBack(fleet: Fleet, seen: Standing, epoch: number): Promise<void> {
  await carryOut(fleet, seen, verdictOnYield(seen.owner, { host: fleet.config.name, epoch, to: null }));
}

/** Before a start: who has seen the bench before that cannot take it up any more. */
export async function touch(fleet: Fleet, seen: Standing, epoch: number): Promise<void> {
  await carryOut(fleet, seen, {
    kind: 'write',
    owner: { host: fleet.config.name, epoch: Math.max(epoch, seen.owner?.epoch ?? 0), yielded: null },
  });
}

/** Writes down the right of a host that runs a bench. @returns the host that has it, where that is another one */
export async function recordOwner(fleet: Fleet, seen: Standing, epoch: number): Promise<Owner | undefined> {
  const verdict = verdictOnRecord(seen.owner, { host: fleet.config.name, epoch });
  if (verdict.kind === 'refuse') return seen.owner;
  if (verdict.kind === 'write') await carryOut(fleet, seen, verdict);
  return undefined;
}

async function carryOut(fleet: Fleet, seen: Standing, verdict: ClaimVerdict): Promise<void> {
  if (verdict.kind === 'mine') return;
  if (verdict.kind === 'refuse') throw refused(seen, verdict.because);
  const { bench, lineage } = seen;
  const key = ownerKey(fleet.config.prefix, seen);
  const owner: Owner = { version: 1, bench, lineage, ...verdict.owner, at: new Date().toISOString() };
  const written = await fleet.client.transact(
    [{ key, modRevision: seen.revision }],
    [{ put: key, value: JSON.stringify(owner) }],
  );
  if (!written)
    throw new RefusedError(
      'owner-changed',
      `${bench} was started, taken up or left meanwhile. Nothing was changed.`,
      { suggestions: [`bench fleet benches ${bench}`, 'Look at it, and run this again.'] },
    );
}

function refused({ bench, owner }: Standing, because: 'taken' | 'not-yielded'): RefusedError {
  const host = owner?.host ?? 'another host';
  return because === 'taken'
    ? new RefusedError(
        'owner-taken',
        `${host} has the right to run ${bench} (epoch ${owner?.epoch}). Nothing was changed.`,
        { suggestions: [`bench fleet benches ${bench}`, `bench fleet promote ${bench}`] },
      )
    : new RefusedError('owner-not-yielded', `${host} has not left ${bench}. Nothing was changed.`, {
        suggestions: [`On ${host}: bench move ${bench} --to THIS-HOST`],
      });
}
