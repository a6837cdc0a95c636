import type { Swap } from '../bench/bench.js';
import { BenchError } from '../errors.js';
import { type Command, type Runner, runAll } from '../host/exec.js';
import {
  cloneSnapshot,
  destroyBareDataset,
  inheritProperty,
  promoteDataset,
  renameDataset,
  setProperties,
} from '../zfs/zfs.js';
import { dropKept, KEPT_MARK, type KeptNames } from './kept.js';
import type { Standing } from './standings.js';

/** One move of a swap: what it does for people, and its commands. */
export interface Move {
  title: string;
  commands: Command[];
  /** A copy that goes: by {@link dropKept}, which ends the holds of bench's own on it. */
  drops?: string;
}

/** Makes it. Cut off, the next look finds the same one again. */
export async function makeMove(runner: Runner, { commands, drops }: Move): Promise<void> {
  if (drops !== undefined) await dropKept(runner, drops);
  await runAll(runner, commands);
}

/** What a move of a swap starts from. */
export interface SwapState {
  mode: 'keep' | 'undo';
  tag: string;
  names: KeptNames;
  swap: Swap;
  at: ReadonlyMap<string, Standing>;
}

/**
 * The next move, found from which dataset stands where, so that it can be cut off anywhere; undefined when live is
 * what it should be and the other one is the kept copy. Pure.
 * @throws BenchError `restore-state-unknown` for what no swap has left
 */
export function nextMove(state: SwapState): Move | undefined {
  return state.mode === 'keep' ? nextOfKeep(state) : nextOfUndo(state);
}

/** Wanted: the dataset that was live is the kept copy, and live is a clone of the snapshot that owns its snapshots. */
function nextOfKeep({ tag, names, swap, at }: SwapState): Move | undefined {
  const live = at.get(names.live);
  const kept = at.get(names.kept);
  const aside = at.get(names.aside);
  if (live?.guid === swap.liveGuid) {
    if (kept === undefined) return setAside(names.live, names.kept, swap);
    // Left by a restore that was to replace it and then was itself replaced.
    if (aside !== undefined) return dropOlder(names, aside);
    // The older copy is dropped last, when what replaces it has proved itself.
    return { title: 'Set the older copy aside', commands: [renameDataset(names.kept, names.aside)] };
  }
  if (kept?.guid !== swap.liveGuid) throw unknownState(names);
  if (live === undefined) return clone(`${names.kept}@${tag}`, names.live, swap);
  if (live.origin === `${names.kept}@${tag}`) return giveSnapshots(names.live);
  if (kept.origin === `${names.live}@${tag}`) return undefined;
  // Made by a restore to another snapshot whose place this one takes.
  if (kept.origin.startsWith(`${names.live}@`)) {
    const promote = giveSnapshots(names.kept).commands;
    return {
      title: 'Take the snapshots back',
      commands: [setProperties(names.live, noReservation(swap)), ...promote],
    };
  }
  if (live.origin.startsWith(`${names.kept}@`))
    // Not recursively: a snapshot in it was made by somebody else.
    return { title: 'Drop what was restored first', commands: [destroyBareDataset(names.live)] };
  throw unknownState(names);
}

/** Wanted: the copy is live and owns the snapshots, and what was live is the kept copy. */
function nextOfUndo({ names, swap, at }: SwapState): Move | undefined {
  const live = at.get(names.live);
  const kept = at.get(names.kept);
  const aside = at.get(names.aside);
  if (live !== undefined && live.guid === swap.keptGuid) {
    if ([names.kept, names.aside].some((name) => live.origin.startsWith(`${name}@`)))
      return giveSnapshots(names.live);
    if (aside !== undefined && kept === undefined)
      return { title: 'Keep what was live', commands: [renameDataset(names.aside, names.kept)] };
    return undefined;
  }
  if (kept === undefined || kept.guid !== swap.keptGuid) throw unknownState(names);
  if (live === undefined)
    return { title: 'Bring the kept copy back', commands: [renameDataset(names.kept, names.live)] };
  if (live.guid !== swap.liveGuid) throw unknownState(names);
  if (aside !== undefined) return dropOlder(names, aside);
  return setAside(names.live, names.aside, swap);
}

/**
 * The sizes in force before win, and the copy that is live again is no kept one any more. A clone is made in one
 * transaction group and gets its properties in a later one (OpenZFS, `zfs_ioc_clone`): those that it lacks after a power
 * cut between the two are set as well.
 * @param present the local properties: a quota that a full dataset has a little overrun could not be set again
 */
export function settle(
  mode: SwapState['mode'],
  live: string,
  swap: Swap,
  present: Readonly<Record<string, string>>,
): Command[] {
  const differing = Object.entries({ quota: 'none', reservation: 'none', ...swap.properties }).filter(
    ([key, value]) =>
      present[key] !== value && (SIZES.includes(key) || (mode === 'keep' && !NOT_CLONED.includes(key))),
  );
  return [
    ...(differing.length === 0 ? [] : [setProperties(live, Object.fromEntries(differing))]),
    ...(KEPT_MARK in present ? [inheritProperty(live, KEPT_MARK)] : []),
  ];
}

/** Sizes are set when the swap is done: until then both would have to fit. */
const SIZES: readonly string[] = ['quota', 'reservation', 'refquota', 'refreservation'];
/** A clone has the key of its origin, and where it lies moves over when it is promoted. */
const NOT_CLONED: readonly string[] = [...SIZES, 'canmount', KEPT_MARK, 'keylocation'];

/** First not mounted at boot, then not by its name: cut off between the two, nothing wrong is mounted. */
function setAside(from: string, to: string, swap: Swap): Move {
  const properties = { canmount: 'noauto', ...noReservation(swap), [KEPT_MARK]: swap.keptAt };
  return {
    title: 'Set the live dataset aside',
    commands: [setProperties(from, properties), renameDataset(from, to)],
  };
}

/** A clone has the properties of its parent, not of its origin: every local one is given to it again. */
function clone(snapshot: string, live: string, swap: Swap): Move {
  const properties = Object.entries(swap.properties).filter(([key]) => !NOT_CLONED.includes(key));
  const all = { canmount: 'noauto', ...Object.fromEntries(properties) };
  return { title: 'Put the snapshot in its place', commands: [cloneSnapshot(snapshot, live, all)] };
}

function noReservation(swap: Swap): Record<string, string> {
  return {
    reservation: 'none',
    ...(swap.properties.refreservation === undefined ? {} : { refreservation: 'none' }),
  };
}

/** A quota of its own, from before or overrun a little, would keep it from taking them. */
function giveSnapshots(to: string): Move {
  return {
    title: 'Give it the snapshots',
    commands: [setProperties(to, { quota: 'none' }), promoteDataset(to)],
  };
}

/** @throws BenchError where it is not what bench has set aside */
function dropOlder(names: KeptNames, aside: Standing): Move {
  if (!aside.marked) throw unknownState(names);
  return { title: 'Drop the older copy', commands: [], drops: names.aside };
}

function unknownState({ live, kept, aside }: KeptNames): BenchError {
  return new BenchError(
    'restore-state-unknown',
    `${live} and ${kept} are not what this restore left. Nothing was changed by this command.`,
    { suggestions: [`zfs list -o name,guid,origin,bench:kept ${live} ${kept} ${aside}`] },
  );
}
