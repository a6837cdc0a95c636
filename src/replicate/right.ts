import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  askFleet,
  claim,
  epochToClaim,
  lineageOf,
  readStanding,
  type Standing,
  takeBack,
  yieldTo,
} from '../ownership/ownership.js';

/** What the fleet says of a bench that is to be taken up, as it was seen. */
export interface FleetView {
  /** `none`: this host is in no fleet; `silent`: etcd does not answer. */
  state: 'none' | 'silent' | 'answered';
  /** What the fleet calls the host that has the right to run it; null where none has it yet. */
  owner: string | null;
  epoch: number | null;
  because: string | null;
}

export interface SeenRight {
  view: FleetView;
  /** What is claimed over, and over nothing else. */
  standing: Standing | undefined;
  /** The epoch of what is taken up, and the one that etcd would have it get. */
  ofCopy: number;
  epoch: number;
}

/**
 * @param ofCopy the epoch that the copy was sent with
 * @throws RefusedError `fleet-lost` without an answer, where nothing starts without one
 */
export async function seeRight(
  runner: Runner,
  { bench, root, ofCopy }: { bench: string; root: string; ofCopy: number },
): Promise<SeenRight> {
  const asked = await askFleet(async (fleet) => {
    const standing = await readStanding(fleet, bench, await lineageOf(runner, root));
    return { standing, epoch: epochToClaim(standing?.owner, fleet.config.name, ofCopy) };
  });
  // Who has said that nothing starts without etcd does not want it taken up without it either.
  if (asked.state === 'silent' && asked.rule === 'answered') throw lost(bench);
  if (asked.state !== 'answered') {
    const because = asked.state === 'silent' ? asked.because : null;
    return {
      view: { state: asked.state, owner: null, epoch: null, because },
      standing: undefined,
      ofCopy,
      epoch: ofCopy + 1,
    };
  }
  const { standing, epoch } = asked.value;
  const owner = standing?.owner;
  return {
    view: { state: 'answered', owner: owner?.host ?? null, epoch: owner?.epoch ?? null, because: null },
    standing,
    ofCopy,
    epoch,
  };
}

/**
 * Takes the right to run a bench, where the fleet has said anything of it; a bench that it does not know gets its row
 * with the next run of the timer.
 * @throws RefusedError `owner-taken`, `owner-changed`, `owner-not-yielded`; `fleet-lost` where etcd has gone since
 */
export async function claimRight(
  { view, standing, ofCopy }: SeenRight,
  bench: string,
  yielded: number | undefined,
): Promise<void> {
  if (view.state !== 'answered' || standing === undefined) return;
  const asked = await askFleet((fleet) => claim(fleet, standing, { ofCopy, yielded }));
  if (asked.state !== 'answered') throw lost(bench);
}

/**
 * Leaves a bench to the host that is going to take it up with this epoch. Without an answer nothing is left: then nobody
 * could know whether that is still so.
 * @throws RefusedError `owner-taken`, `owner-changed`, `fleet-lost`
 */
export async function leaveRight(
  runner: Runner,
  { bench, dataset, epoch, to }: { bench: string; dataset: string; epoch: number; to: number },
): Promise<void> {
  const asked = await askFleet(async (fleet) => {
    const standing = await readStanding(fleet, bench, await lineageOf(runner, dataset));
    if (standing !== undefined) await yieldTo(fleet, standing, epoch, to);
  });
  if (asked.state === 'silent') throw lost(bench);
}

/** Takes that back. @throws as {@link leaveRight} */
export async function keepRight(
  runner: Runner,
  { bench, dataset, epoch }: { bench: string; dataset: string; epoch: number },
): Promise<void> {
  const asked = await askFleet(async (fleet) => {
    const standing = await readStanding(fleet, bench, await lineageOf(runner, dataset));
    if (standing !== undefined) await takeBack(fleet, standing, epoch);
  });
  if (asked.state === 'silent') throw lost(bench);
}

/**
 * Before a bench goes from one host to another.
 * @returns the epoch that etcd knows of; 0 where it is asked by nobody
 * @throws RefusedError `fleet-lost`
 */
export async function requireRight(
  runner: Runner,
  { bench, dataset }: { bench: string; dataset: string },
): Promise<number> {
  const asked = await askFleet(async (fleet) => {
    const standing = await readStanding(fleet, bench, await lineageOf(runner, dataset));
    return standing?.owner?.epoch ?? 0;
  });
  if (asked.state === 'silent') throw lost(bench);
  return asked.state === 'none' ? 0 : asked.value;
}

/** @throws RefusedError `fleet-lost` */
export function requireAnswered(bench: string, { state }: FleetView): void {
  if (state === 'silent') throw lost(bench);
}

function lost(bench: string): RefusedError {
  return new RefusedError(
    'fleet-lost',
    `etcd does not answer: nobody can know who has the right to run ${bench}. Nothing was changed.`,
    { suggestions: ['bench fleet hosts', 'systemctl status etcd, on its hosts'] },
  );
}
