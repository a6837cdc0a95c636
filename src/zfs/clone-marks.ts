import { decodeNote, encodeNote } from './marks.js';
import { optional, type Row } from './rows.js';

/** The user properties of a bench's dataset that `bench clone` has made. They stay with it when it is promoted. */
export const CLONE_MARK = {
  /** `<bench>@<tag>` that it was made of, percent-encoded. */
  origin: 'bench:origin',
  /** The template that it was made from, where it was one. */
  template: 'bench:from-template',
  /** Whether it may act, see {@link CloneState}. */
  state: 'bench:clone',
  /** MariaDB's `server_id` of its own. */
  serverId: 'bench:server-id',
  /** Units that its bench.toml names and that are its source's, with commas between, percent-encoded. */
  heldUnits: 'bench:held-units',
  /** `YYYYMMDDTHHMMSSZ` when its time is over; not set where it has no end. */
  expires: 'bench:expires',
  /** `yes`: it stays when its time is over. */
  protected: 'bench:protected',
} as const;

/**
 * - `unprepared`: what `[clone]` of its bench.toml names has not run yet;
 * - `held`: there is nothing to run, so that event scheduler and replicas stay off;
 * - `prepared`: it has run; the instance has still to be started with its own settings;
 * - `ready`: that is done.
 */
export type CloneState = (typeof STATES)[number];
const STATES = ['unprepared', 'held', 'prepared', 'ready'] as const;

export interface CloneMarks {
  /** The bench that it is a copy of. */
  source: string;
  /** The tag of the snapshot that it was made of: of the source, or of the template. */
  tag: string;
  /** The template that it was made from; undefined where it was the source itself. */
  template: string | undefined;
  state: CloneState;
  serverId: number;
  heldUnits: string[];
  expiresAt: Date | undefined;
  isProtected: boolean;
}

/** Whether event scheduler and replicas of it stay off. */
export function isHeld({ state }: Pick<CloneMarks, 'state'>): boolean {
  return state === 'unprepared' || state === 'held';
}

/** In this order, as columns of `zfs list`. */
export const CLONE_COLUMNS = [
  CLONE_MARK.origin,
  CLONE_MARK.template,
  CLONE_MARK.state,
  CLONE_MARK.serverId,
  CLONE_MARK.heldUnits,
  CLONE_MARK.expires,
  CLONE_MARK.protected,
] as const;

/**
 * What {@link CLONE_COLUMNS} say; undefined for a dataset that is no clone of bench's. A value that nobody of bench's
 * has written counts as the safe one: not prepared, without an end.
 */
export function parseCloneMarks(columns: Row<typeof CLONE_COLUMNS>): CloneMarks | undefined {
  const [origin, template, state, serverId, heldUnits, expires, isProtected] = columns;
  const found = optional(state);
  if (found === undefined) return undefined;
  const [source = '', tag = ''] = decodeNote(optional(origin) ?? '').split('@');
  const units = decodeNote(optional(heldUnits) ?? '');
  return {
    source,
    tag,
    template: template === '-' ? undefined : decodeNote(template),
    state: STATES.find((each) => each === found) ?? 'unprepared',
    serverId: Number(optional(serverId) ?? 0),
    heldUnits: units === '' ? [] : units.split(','),
    expiresAt: parseStamp(expires),
    isProtected: optional(isProtected) === 'yes',
  };
}

/** The properties that say this; what is not so is not set. */
export function cloneProperties(marks: CloneMarks): Record<string, string> {
  const { source, tag, template, state, serverId, heldUnits, expiresAt, isProtected } = marks;
  return {
    [CLONE_MARK.origin]: encodeNote(`${source}@${tag}`),
    ...(template === undefined ? {} : { [CLONE_MARK.template]: encodeNote(template) }),
    [CLONE_MARK.serverId]: String(serverId),
    ...(heldUnits.length === 0 ? {} : { [CLONE_MARK.heldUnits]: encodeNote(heldUnits.join(',')) }),
    ...(expiresAt === undefined ? {} : { [CLONE_MARK.expires]: stamp(expiresAt) }),
    ...(isProtected ? { [CLONE_MARK.protected]: 'yes' } : {}),
    [CLONE_MARK.state]: state,
  };
}

/** `20261124T160000Z`: whole seconds, UTC, nothing but letters and digits. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function parseStamp(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
