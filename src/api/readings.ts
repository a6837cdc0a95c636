/** How long one look at the host serves everybody, in milliseconds: 50 pages that poll cost what one does. */
const FRESH_MS = 2000;
const MOST = 500;

/** Looks at the host that are shared: who asks while one is under way waits for that one. */
export class Readings {
  private readonly looks = new Map<string, { at: number; answer: Promise<unknown> }>();

  constructor(private readonly freshMs = FRESH_MS) {}

  /** @param key what is looked at; the same key is always the same look */
  get<T>(key: string, look: () => Promise<T>, now = Date.now()): Promise<T> {
    const known = this.looks.get(key);
    if (known !== undefined && now - known.at < this.freshMs) return known.answer as Promise<T>;
    this.drop(now);
    const answer = look();
    this.looks.set(key, { at: now, answer });
    // One that takes longer than it is fresh is not begun again meanwhile.
    const done = () => {
      const mine = this.looks.get(key);
      if (mine?.answer === answer) this.looks.set(key, { at: Date.now(), answer });
    };
    answer.then(done, done);
    return answer;
  }

  /** Something was changed: what was seen before is no answer any more. */
  clear(): void {
    this.looks.clear();
  }

  private drop(now: number): void {
    if (this.looks.size < MOST) return;
    for (const [key, { at }] of this.looks) if (now - at >= this.freshMs) this.looks.delete(key);
  }
}
