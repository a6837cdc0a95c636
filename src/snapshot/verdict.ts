import type { Command } from '../host/exec.js';
import { encodeNote, MARK, type Snapshot, setProperties } from '../zfs/zfs.js';

/**
 * - `ok`: a MariaDB has recovered on the snapshot, and found nothing wrong in it;
 * - `damaged`: it found damage;
 * - `differs`: nothing is damaged, but `[verify] sql` was answered otherwise than bench.toml expects.
 */
export type VerdictKind = 'ok' | 'damaged' | 'differs';

/** How closely was looked: each table's end, every table, every table and all of its indexes. */
export type VerifyLevel = 'quick' | 'normal' | 'extended';

/** What a proof of a snapshot has found; it stands on the snapshot itself, and goes where that goes. */
export interface Verdict {
  verdict: VerdictKind;
  /** When it was found: ISO 8601, UTC. */
  at: string;
  level: VerifyLevel;
  /** MariaDB's own words, on one line; null where nothing was found. */
  reason: string | null;
}

/** As much of MariaDB's words as a list can show; a user property of ZFS holds 8191 bytes, each of ours three. */
const LONGEST_REASON = 500;

/** `ok:2026-11-24T03:00:00.000Z:normal`, and behind a colon the reason where there is one. */
export function verdictText({ verdict, at, level, reason }: Verdict): string {
  const words = reason === null ? '' : `:${[...reason].slice(0, LONGEST_REASON).join('')}`;
  return `${verdict}:${at}:${level}${words}`;
}

/** Undefined where no proof was made, or another program has written the property. */
export function verdictOf({ verified }: Pick<Snapshot, 'verified'>): Verdict | undefined {
  const found =
    /^(ok|damaged|differs):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z):(quick|normal|extended)(?::(.*))?$/s.exec(
      verified ?? '',
    );
  if (found === null) return undefined;
  const [, verdict, at = '', level, reason] = found;
  return { verdict: verdict as VerdictKind, at, level: level as VerifyLevel, reason: reason ?? null };
}

/** Writes a verdict on the snapshot of this full name. */
export function recordVerdict(snapshot: string, verdict: Verdict): Command {
  return setProperties(snapshot, { [MARK.verified]: encodeNote(verdictText(verdict)) });
}
