/** How long one look at the host serves everybody, in milliseconds: 50 pages that poll cost what one does. */
const FRESH_MS = 2000;
/** For how long beyond that it still serves while the next one is under way, in milliseconds. */
const LATE_MS = 3000;
/** A look that has not come back by then is begun again for who asks next, in milliseconds. */
const HANGS_MS = 60_000;
const MOST = 500;

/** What somebody who looks is shown. */
export interface Seen {
  /**
   * @param key what is looked at; the same key is always the same look
   * @param freshMs for how long it serves, in milliseconds; of a look that failed it is never longer than the default
   */
  get<T>(key: string, look: () => Promise<T>, options?: { now?: number; freshMs?: number }): Promise<T>;
}

interface Look {
  /** In the order of all looks and changes. */
  begun: number;
  /** By a clock that nobody sets, as `until`: else one that is set back would have an old look serve for hours. */
  begunAt: number;
  /** Until when it serves; counted anew when it has come back. */
  until: number;
  state: 'pending' | 'seen' | 'failed';
  answer: Promise<unknown>;
  /** The one before, where that was a success: it serves until this one has come back. */
  before: Look | undefined;
}

/**
 * Looks at the host that are shared. Who asks while one is under way is given the one before, if that is young enough, or
 * waits for it; nobody is shown what was seen before the end of something that he himself has begun.
 */
export class Readings {
  private readonly looks = new Map<string, Look>();
  /** Whose operation has ended, and when in the order of things. */
  private readonly changes = new Map<string, number>();
  private everybodys = 0;
  private turn = 0;

  constructor(private readonly freshMs = FRESH_MS) {}

  /** What is shown to one who looks, by his name in the audit. */
  of(who: string): Seen {
    return { get: (key, look, options) => this.get(who, key, look, options) };
  }

  /**
   * Something was changed: what was seen before is no answer any more for who has done it. Others see it within seconds;
   * if each end of an operation were a new look for all of them, five operations would keep the server at nothing else.
   * @param who undefined: nobody is shown what was seen before
   */
  changed(who?: string): void {
    this.turn += 1;
    if (who === undefined) this.everybodys = this.turn;
    else this.changes.set(who, this.turn);
  }

  private get<T>(
    who: string,
    key: string,
    look: () => Promise<T>,
    { now = performance.now(), freshMs = this.freshMs }: { now?: number; freshMs?: number } = {},
  ): Promise<T> {
    const since = Math.max(this.everybodys, this.changes.get(who) ?? 0);
    const known = this.looks.get(key);
    const serves = known !== undefined && known.begun > since && now < known.until;
    const current = serves ? known : this.begin(key, look, { now, freshMs });
    const { before } = current;
    const isBeforeEnough =
      current.state === 'pending' &&
      before !== undefined &&
      before.begun > since &&
      now - before.begunAt < freshMs + LATE_MS;
    return (isBeforeEnough ? before.answer : current.answer) as Promise<T>;
  }

  private begin(
    key: string,
    look: () => Promise<unknown>,
    { now, freshMs }: { now: number; freshMs: number },
  ): Look {
    this.drop(now);
    const known = this.looks.get(key);
    const before = known?.state === 'seen' ? known : known?.before;
    this.turn += 1;
    const mine: Look = {
      begun: this.turn,
      begunAt: now,
      until: now + HANGS_MS,
      state: 'pending',
      answer: look(),
      before,
    };
    this.looks.set(key, mine);
    const settled = (state: 'seen' | 'failed', ms: number) => {
      mine.state = state;
      mine.before = undefined;
      mine.until = performance.now() + ms;
    };
    mine.answer.then(
      () => settled('seen', freshMs),
      () => settled('failed', Math.min(freshMs, this.freshMs)),
    );
    return mine;
  }

  private drop(now: number): void {
    if (this.looks.size < MOST) return;
    for (const [key, { until }] of this.looks) if (now >= until) this.looks.delete(key);
  }
}
