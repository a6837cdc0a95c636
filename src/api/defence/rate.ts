/** How many at once, and how many more a second. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/** Who asks more often than this waits. A browser with a few pages open stays far below. */
export const REQUESTS: Rate = { burst: 200, perSecond: 50 };

/** Of one address, with a secret that is none. */
export const FAILED_LOGINS: Rate = { burst: 10, perSecond: 0.1 };

/** Nobody fills the memory with names: who is not seen for longest is forgotten. */
const MOST = 1000;

/** Buckets of tokens that fill again by themselves, one a name, by a clock that nobody sets. */
export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly rate: Rate) {}

  /** Takes one; else how many seconds until there is one again. */
  take(name: string, now = performance.now()): number | undefined {
    const tokens = this.left(name, now);
    if (tokens < 1) return Math.ceil((1 - tokens) / this.rate.perSecond);
    this.put(name, tokens - 1, now);
    return undefined;
  }

  /** Seconds until there is one, where there is none; takes none. */
  wait(name: string, now = performance.now()): number | undefined {
    const tokens = this.left(name, now);
    return tokens < 1 ? Math.ceil((1 - tokens) / this.rate.perSecond) : undefined;
  }

  private left(name: string, now: number): number {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return this.rate.burst;
    const seconds = Math.max(0, now - bucket.at) / 1000;
    return Math.min(this.rate.burst, bucket.tokens + seconds * this.rate.perSecond);
  }

  private put(name: string, tokens: number, at: number): void {
    this.buckets.delete(name);
    this.buckets.set(name, { tokens, at });
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MOST && oldest !== undefined) this.buckets.delete(oldest);
  }
}
