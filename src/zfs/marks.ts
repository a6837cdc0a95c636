/** The user properties by which bench knows what is its own (zfsprops(7), "User Properties"). */
export const MARK = {
  /** On a dataset: the bench's name. */
  bench: 'bench:name',
  /** On a dataset: the version of the layout inside it. */
  layout: 'bench:layout',
  /** On a snapshot: how MariaDB was held still. Also the mark that bench made it. */
  quiesce: 'bench:quiesce',
  /** On a snapshot: the operator's note, percent-encoded. */
  note: 'bench:note',
  /** On a snapshot: what a proof of it has found, percent-encoded ({@link encodeNote}). */
  verified: 'bench:verified',
  /** On a dataset: the tags, percent-encoded, of those of its snapshots whose proofs count. */
  proofs: 'bench:proofs',
  /** On a clone out of sight, and on what all of them lie below: since when. */
  scratch: 'bench:scratch',
  /** On a snapshot: the clone that it was taken for, and goes with. */
  madeFor: 'bench:for',
  /** On a snapshot: the bench that is in it, where it came to the dataset of another one by `bench clone promote`. */
  of: 'bench:of',
  /**
   * On a snapshot that the schedule has made: its own tag. What a dataset says is inherited by all of its snapshots
   * (zfsprops(7)), and so counts for one at most; a snapshot that somebody has renamed is theirs.
   */
  schedule: 'bench:schedule',
  /** On a snapshot that replication has taken for itself, and on its copy: its own tag, as with {@link MARK.schedule}. */
  replicate: 'bench:replicate',
  /** On a dataset: how often the right to run this bench has gone from one host to another. */
  epoch: 'bench:epoch',
  /** On a dataset that has copies, and on these: which bench it is, whatever it is called and wherever it lies. */
  lineage: 'bench:lineage',
  /** On a snapshot that was taken to be copied off-site, and goes when no copy builds on it: its own tag. */
  offsite: 'bench:offsite',
  /** On the copy of a dataset of another host: the bench that is in it; gone when that was taken up as a whole. */
  copyOf: 'bench:copy-of',
  /** On a dataset that a copy is coming in to: the bench that is in it. */
  incoming: 'bench:incoming',
  /** On a snapshot that is never pruned: any value. */
  pin: 'bench:pin',
} as const;

/** The holds that bench places for copies elsewhere (zfs-hold(8)): what one builds on, or what is on its way. */
export const HOLD = { offsite: 'bench:offsite', replicate: 'bench:replicate' } as const;

export const LAYOUT_VERSION = '1';

/**
 * A note as it is kept in a user property, percent-encoded: `zfs list -H` separates by tab and newline, and sudo
 * cannot tell an argument with a blank from two arguments, which would let a note smuggle in options (`bench sudoers`).
 */
export function encodeNote(note: string): string {
  // What `zfs list` prints for a property that is not set.
  if (note === '-') return '%2D';
  return [...Buffer.from(note, 'utf8')].map(encodeByte).join('');
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_.-]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function decodeNote(stored: string): string {
  try {
    return decodeURIComponent(stored);
  } catch {
    // Written by somebody else's tool: shown as it is.
    return stored;
  }
}
