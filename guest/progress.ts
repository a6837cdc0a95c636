/** Receives one line for a person who waits. */
export type Progress = (line: string) => void;

export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Lines on standard error, each with the time since the start. */
export function stderrProgress(startedAt = Date.now()): Progress {
  return (line) => process.stderr.write(`[guest ${formatElapsed(Date.now() - startedAt)}] ${line}\n`);
}

export const silent: Progress = () => {};

/** Says every 20 s that `what` is still going on, so that minutes of compiling do not look like a hang. */
export async function withHeartbeat<T>(
  progress: Progress,
  what: () => string,
  work: Promise<T>,
  everyMs = 20_000,
): Promise<T> {
  const timer = setInterval(() => progress(`  still ${what()}`), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
