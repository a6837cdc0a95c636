import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { onOneLine } from '../printable.js';
import type { OnStep, StepEvent } from '../steps/steps.js';

export interface StepReporter {
  report: OnStep;
  /** Whatever happened: no half line stays on the terminal. */
  end: () => void;
}

/**
 * Tells the steps of some work while it goes on, whatever it is: an init, a restore, an undo.
 * @param isJson then nothing is told: the result says it all
 */
export async function tellingSteps<T>(isJson: boolean, work: (onEvent: OnStep) => Promise<T>): Promise<T> {
  if (isJson) return work(eventWriter(process.env.BENCH_EVENTS));
  const { report, end } = stepReporter();
  try {
    return await work(report);
  } finally {
    end();
  }
}

/**
 * For an operation of the API, whose result is JSON and whose steps are watched meanwhile: a line of JSON for each event.
 * @param file of the server's own, which has made it; nothing is told where there is none
 */
export function eventWriter(file: string | undefined, now = () => new Date()): OnStep {
  if (file === undefined) return () => undefined;
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
  return (event) => {
    try {
      const fd = openSync(file, flags);
      try {
        writeSync(fd, `${JSON.stringify({ at: now().toISOString(), ...event })}\n`);
      } finally {
        closeSync(fd);
      }
    } catch {
      // The work is what counts, and not who watches it.
    }
  };
}

/** Where steps are told: standard error, or what a test has for it. */
export type ReportTo = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

const CLEAR_LINE = '\r\u001b[K';
/** A step that is done sooner needs no progress. In milliseconds. */
const QUIET_MS = 1000;
/** Between two lines in a log about one step. In milliseconds. */
const SPARSE_MS = 30_000;

/**
 * One line for each step when it is done. While one lasts: on a terminal a line that is rewritten every second, elsewhere
 * a line every half minute.
 */
export function stepReporter(output: ReportTo = process.stderr, now = () => performance.now()): StepReporter {
  const rewrites = output.isTTY === true && (process.env.TERM ?? 'dumb') !== 'dumb';
  let running: { title: string; startedAt: number; progress: string } | undefined;
  let toldAt = 0;
  let isDrawn = false;

  const print = (line: string) => {
    output.write(`${isDrawn ? CLEAR_LINE : ''}${line}\n`);
    isDrawn = false;
  };
  const tell = () => {
    if (running === undefined) return;
    const elapsed = now() - running.startedAt;
    if (elapsed < QUIET_MS) return;
    // First, because a title may be longer than the terminal is wide.
    const line = stepLine(
      running.progress === '' ? running.title : `${running.progress}: ${running.title}`,
      elapsed,
    );
    if (rewrites) {
      const columns = output.columns || 80;
      output.write(`${CLEAR_LINE}${line.length < columns ? line : `${line.slice(0, columns - 2)}…`}`);
      isDrawn = true;
    } else if (now() - toldAt >= SPARSE_MS) {
      toldAt = now();
      print(stepLine(`${running.progress || 'still at it'}: ${running.title}`, elapsed));
    }
  };
  // Elapsed time goes on where a command says nothing.
  const timer = setInterval(tell, 1000);
  timer.unref();

  const report = (event: StepEvent) => {
    switch (event.kind) {
      case 'step-started':
        running = { title: event.title, startedAt: now(), progress: '' };
        toldAt = now();
        return;
      case 'step-progress': {
        const percent = event.percent === undefined ? '' : `${event.percent}%, `;
        if (running !== undefined) running.progress = `${percent}${event.detail}`;
        return;
      }
      case 'step-finished':
        running = undefined;
        return print(stepLine(event.title, event.durationMs));
      default:
        return print(stepLine(event.title, event.durationMs));
    }
  };
  const end = () => {
    clearInterval(timer);
    running = undefined;
    if (isDrawn) output.write(CLEAR_LINE);
    isDrawn = false;
  };
  return { report, end };
}

/** One line a step on standard error, with its time when it is done. */
export function stepLine(title: string, durationMs: number): string {
  return `${`${(durationMs / 1000).toFixed(1)} s`.padStart(8)}  ${onOneLine(title)}`;
}
