import type { Command, Runner } from '../host/exec.js';
import { HOLD } from './marks.js';
import { releaseSnapshots } from './send.js';
import type { Snapshot } from './snapshots.js';

/** The tags of the holds on these snapshots (zfs-hold(8)); no process where none is held. */
export async function holdTags(
  runner: Runner,
  snapshots: readonly Snapshot[],
): Promise<Map<string, string[]>> {
  const held = snapshots.filter(({ holds }) => holds > 0).map(({ name }) => name);
  const tags = new Map<string, string[]>();
  if (held.length === 0) return tags;
  const { stdout } = await runner.run({ argv: ['zfs', 'holds', '-H', '-p', ...held] });
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [name, tag] = line.split('\t') as [string, string];
    tags.set(name, [...(tags.get(name) ?? []), tag]);
  }
  return tags;
}

/** A hold that bench has placed itself, and on what. */
export interface OwnHold {
  /** `<dataset>@<tag>` */
  snapshot: string;
  hold: string;
}

/**
 * Those that bench has placed, so that what a copy elsewhere builds on is not pruned meanwhile, and everybody else's. No
 * process where none is held.
 */
export async function holdsOn(
  runner: Runner,
  snapshots: readonly Snapshot[],
): Promise<{ own: OwnHold[]; others: OwnHold[] }> {
  const tags = await holdTags(runner, snapshots);
  const all = [...tags].flatMap(([snapshot, holds]) => holds.map((hold) => ({ snapshot, hold })));
  return { own: all.filter(isOwn), others: all.filter((each) => !isOwn(each)) };
}

function isOwn({ hold }: OwnHold): boolean {
  return Object.values<string>(HOLD).includes(hold);
}

/** Of each hold all snapshots in one transaction. Pure. */
export function releaseHolds(holds: readonly OwnHold[]): Command[] {
  return [...new Set(holds.map(({ hold }) => hold))].map((hold) =>
    releaseSnapshots(
      hold,
      holds.filter((each) => each.hold === hold).map(({ snapshot }) => snapshot),
    ),
  );
}
