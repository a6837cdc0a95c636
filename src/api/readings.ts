/** How long one look at the host serves everybody, in milliseconds: 50 pages that poll cost what one does. */
const FRESH_MS = 2000;
const MOST = 500;

/** Looks at the host that are shared: who asks while one is under way waits for that one. */
export class Readings {
  private readonly looks = new Map<string, { until: number; answer: Promise<unknown> }>();

  constructor(private readonly freshMs = FRESH_MS) {}

  /**
   * @param key what is looked at; the same key is always the same look
   * @param freshMs for how long it serves, in milliseconds; of a look that failed it is never longer than the default
   */
  get<T>(
    key: string,
    look: () => Promise<T>,
    { now = Date.now(), freshMs = this.freshMs }: { now?: number; freshMs?: number } = {},
  ): Promise<T> {
    const known = this.looks.get(key);
    if (known !== undefined && now < known.until) return known.answer as Promise<T>;
    this.drop(now);
    const answer = look();
    this.looks.set(key, { until: now + freshMs, answer });
    // One that takes longer than it is fresh is not begun again meanwhile.
    const freshFor = (ms: number) => () => {
      const mine = this.looks.get(key);
      if (mine?.answer === answer) this.looks.set(key, { until: Date.now() + ms, answer });
    };
    answer.then(freshFor(freshMs), freshFor(Math.min(freshMs, this.freshMs)));
    return answer;
  }

  /** Something was changed: what was seen before is no answer any more. */
  clear(): void {
    this.looks.clear();
  }

  private drop(now: number): void {
    if (this.looks.size < MOST) return;
    for (const [key, { until }] of this.looks) if (now >= until) this.looks.delete(key);
  }
}
