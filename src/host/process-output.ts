import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Calls with each line as it arrives, whatever ends it. */
export async function eachLine(
  chunks: AsyncIterable<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|[\r\n]/);
    rest = lines.pop() ?? '';
    lines.filter((line) => line !== '').forEach(onLine);
  }
  if (rest !== '') onLine(rest);
}

/**
 * Writes everything to a process that reads it. One that ends before it has read all says itself why: that is no failure
 * here, but what the feed throws is.
 */
export async function feedTo(stdin: Writable, feed: AsyncIterable<Uint8Array>): Promise<{ error?: unknown }> {
  let failure: { error?: unknown } = {};
  const told = async function* () {
    try {
      yield* feed;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  await pipeline(Readable.from(told(), { objectMode: false }), stdin).catch(() => undefined);
  if ('error' in failure) throw failure.error;
  return {};
}

/** It could not write any more: what it wrote to had ended. Node's pipes are sockets, which may call that a reset. */
export function isBrokenPipe({
  signal,
  exitCode,
  stderr,
}: {
  signal?: string;
  exitCode: number;
  stderr: string;
}): boolean {
  // A shell, or sudo, tells of the signal that has ended what it had started as 128 and its number: 13 is SIGPIPE.
  return (
    signal === 'SIGPIPE' ||
    exitCode === 141 ||
    /errno (?:32|104)\b|Broken pipe|Connection reset/i.test(stderr)
  );
}

/** Feeds a process and reads from it, at its own pace; one of both that fails ends it. */
export async function streams(
  {
    feed,
    consume,
  }: {
    feed?: AsyncIterable<Uint8Array>;
    consume?: (output: AsyncIterable<Uint8Array>) => Promise<void>;
  },
  subprocess: { stdin: Writable | null; stdout: Readable | null; kill: () => boolean },
): Promise<{ error?: unknown }> {
  const { stdin, stdout } = subprocess;
  const failed = (error: unknown) => {
    subprocess.kill();
    return { error };
  };
  const [fed, consumed] = await Promise.all([
    feed === undefined || stdin === null ? {} : feedTo(stdin, feed).catch(failed),
    consume === undefined || stdout === null ? {} : consume(stdout).then(() => ({}), failed),
  ]);
  return { ...fed, ...consumed };
}
