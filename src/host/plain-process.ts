import { spawn } from 'node:child_process';

/** What is to be known of a process that has ended; execa calls it so, too. */
export interface Outcome {
  stdout?: unknown;
  stderr?: unknown;
  /** Undefined where it was not started, or a signal has ended it. */
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut?: boolean;
  /** Of the error, where it could not be started, e.g. `ENOENT`. */
  code?: string | undefined;
  shortMessage?: string | undefined;
}

/** After SIGTERM, as long as execa waits. */
const UNTIL_KILLED_MS = 5_000;

/**
 * Runs a program that is only asked something: nothing is written to it, and its answer is taken as a whole. By Node's
 * own spawn, because most commands ask several, and execa costs more than all else that a question costs bench
 * (docs/decisions/start-time.md). What changes the host, and whatever is fed or read piece by piece, is execa's.
 */
export function runPlain(
  argv: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; timeoutMs: number; maxBuffer: number },
): Promise<Outcome> {
  const { timeoutMs, maxBuffer, ...where } = options;
  return new Promise((resolve) => {
    const notStarted = ({ code, message }: NodeJS.ErrnoException) => resolve({ code, shortMessage: message });
    let subprocess: ReturnType<typeof start>;
    try {
      subprocess = start(argv, where);
    } catch (error) {
      // An argument that no program can be given, or one too many.
      return notStarted(error as Error);
    }
    let timedOut = false;
    let tooLong = false;
    let timer = setTimeout(() => {
      timedOut = true;
      subprocess.kill();
      timer = setTimeout(() => subprocess.kill('SIGKILL'), UNTIL_KILLED_MS);
    }, timeoutMs);
    const texts = [subprocess.stdout, subprocess.stderr].map((stream) => {
      const chunks: string[] = [];
      let length = 0;
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= maxBuffer) return;
        tooLong = true;
        subprocess.kill();
      });
      return () => chunks.join('');
    });
    subprocess.on('error', (error) => {
      clearTimeout(timer);
      notStarted(error);
    });
    subprocess.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      const [stdout, stderr] = texts.map((text) => text());
      if (tooLong)
        return resolve({ stdout, stderr, shortMessage: `it wrote more than ${maxBuffer} characters` });
      resolve({ stdout, stderr, timedOut, exitCode: exitCode ?? undefined, signal: signal ?? undefined });
    });
  });
}

function start(argv: readonly string[], where: { cwd: string; env: NodeJS.ProcessEnv }) {
  return spawn(argv[0] as string, argv.slice(1), { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
}
