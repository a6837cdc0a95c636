/**
 * Hands chunks from one that writes to one that reads, one at a time: nothing is held beside the chunk that is being
 * handed over, however slow the reader is.
 */
export class Channel implements AsyncIterable<Uint8Array> {
  private offered: { chunk: Uint8Array; taken: () => void } | undefined;
  private wake: () => void = () => undefined;
  private isClosed = false;
  private isLeft = false;

  /** Ends when the reader has taken it, or has left. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.isLeft || chunk.length === 0) return;
    await new Promise<void>((taken) => {
      this.offered = { chunk, taken };
      this.wake();
    });
  }

  close(): void {
    this.isClosed = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { offered } = this;
        if (offered !== undefined) {
          this.offered = undefined;
          try {
            yield offered.chunk;
          } finally {
            // The reader has asked for the next one, or has left: it does not need this one any more.
            offered.taken();
          }
        } else if (this.isClosed) return;
        else
          await new Promise<void>((wake) => {
            this.wake = wake;
          });
      }
    } finally {
      this.leave();
    }
  }

  /** Nobody reads any more: whoever writes is not kept waiting. */
  leave(): void {
    this.isLeft = true;
    this.offered?.taken();
    this.offered = undefined;
  }
}
