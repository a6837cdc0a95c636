/** Runs work beside other work, so much at a time; the first that fails stops what has not begun. */
export class Uploads {
  private readonly running = new Set<Promise<void>>();
  private failed: { error: unknown } | undefined;

  constructor(private readonly atOnce: number) {}

  /** Ends when the work has begun: while too much is under way, it waits. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.atOnce && this.failed === undefined) await Promise.race(this.running);
    this.refuse();
    const upload: Promise<void> = work()
      .catch((error: unknown) => {
        this.failed ??= { error };
      })
      .finally(() => this.running.delete(upload));
    this.running.add(upload);
  }

  /** @throws what one of them has failed with */
  async end(): Promise<void> {
    await this.settle();
    this.refuse();
  }

  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  private refuse(): void {
    if (this.failed !== undefined) throw this.failed.error;
  }
}
