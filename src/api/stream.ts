import { hasEnded } from './operations/operation.js';
import type { Operations } from './operations/operations.js';
import { HttpError } from './problem.js';

/** More at once only wait: a page has one. */
const MOST_STREAMS = 100;
const LOOK_MS = 250;
/** A proxy or a browser that hears nothing gives up; in milliseconds. */
const BEAT_MS = 15_000;

let open = 0;

/**
 * The events of an operation from one on, as they come, and then its end.
 * @throws HttpError `too-many-streams`
 */
export function eventStream(operations: Operations, id: string, from: number): Response {
  if (open >= MOST_STREAMS)
    throw new HttpError(503, 'too-many-streams', `${MOST_STREAMS} streams are open already.`);
  open += 1;
  let isClosed = false;
  const close = () => {
    if (!isClosed) open -= 1;
    isClosed = true;
  };
  const source = tell(operations, id, from, () => isClosed);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    // Asked for the next only when the last was taken: who reads slowly has nothing pile up here.
    async pull(controller) {
      try {
        const { value, done } = await source.next();
        if (!done) return controller.enqueue(encoder.encode(value));
        close();
        controller.close();
      } catch (error) {
        close();
        controller.error(error);
      }
    },
    cancel: close,
  });
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' },
  });
}

async function* tell(
  operations: Operations,
  id: string,
  from: number,
  isClosed: () => boolean,
): AsyncGenerator<string> {
  let next = from;
  let beatAt = performance.now();
  yield 'retry: 1000\n\n';
  while (!isClosed()) {
    // Read before its events: what it told before its end is there then.
    const operation = await operations.read(id);
    for (const event of await operations.events(id, next)) {
      next = event.seq;
      yield `id: ${event.seq}\nevent: step\ndata: ${JSON.stringify(event)}\n\n`;
    }
    if (operation === undefined) return;
    if (hasEnded(operation)) {
      yield `event: end\ndata: ${JSON.stringify(operation)}\n\n`;
      return;
    }
    if (performance.now() - beatAt > BEAT_MS) {
      beatAt = performance.now();
      yield ': still at it\n\n';
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
