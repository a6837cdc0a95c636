import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stepReporter } from '../../../src/output/step-reporter.js';
import type { StepEvent } from '../../../src/steps/perform.js';

const event = (kind: 'step-started' | 'step-waits' | 'step-finished', title: string, durationMs = 0) =>
  ({ kind, title, durationMs }) satisfies StepEvent;
const progress = (percent: number | undefined, detail: string) =>
  ({ kind: 'step-progress', title: 'Copy', durationMs: 0, percent, detail }) satisfies StepEvent;

let written: string[];
const output = (isTTY: boolean, columns = 60) => ({
  isTTY,
  columns,
  write: (text: string) => {
    written.push(text);
    return true;
  },
});

beforeEach(() => {
  written = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test('on a terminal one line is rewritten each second until the step is done', () => {
  const reporter = stepReporter(output(true));
  reporter.report(event('step-started', 'Copy'));
  vi.advanceTimersByTime(1000);
  reporter.report(progress(undefined, '1.2G copied, 80MB/s'));
  vi.advanceTimersByTime(1000);
  reporter.report(progress(45, '3.4G copied, 90MB/s'));
  vi.advanceTimersByTime(1000);
  reporter.report(event('step-finished', 'Copy', 3100));
  reporter.end();
  expect(written).toEqual([
    '\r\u001b[K   1.0 s  Copy',
    '\r\u001b[K   2.0 s  1.2G copied, 80MB/s: Copy',
    '\r\u001b[K   3.0 s  45%, 3.4G copied, 90MB/s: Copy',
    '\r\u001b[K   3.1 s  Copy\n',
  ]);
});

test('what is longer than the terminal is wide is cut off, or it could not be rewritten', () => {
  const reporter = stepReporter(output(true, 20));
  reporter.report(event('step-started', 'Bring /srv/benches/shop into the dataset'));
  vi.advanceTimersByTime(1000);
  expect(written).toEqual(['\r\u001b[K   1.0 s  Bring /s…']);
  reporter.end();
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('elsewhere there is a line every half minute, and none for what is done sooner', () => {
  const reporter = stepReporter(output(false));
  reporter.report(event('step-started', 'Quick'));
  reporter.report(event('step-finished', 'Quick', 10));
  reporter.report(event('step-started', 'Copy'));
  vi.advanceTimersByTime(29_000);
  reporter.report(progress(45, '3.4G copied'));
  vi.advanceTimersByTime(32_000);
  reporter.report(event('step-waits', 'Waiting: apt'));
  reporter.report(event('step-finished', 'Copy', 61_000));
  reporter.end();
  expect(written).toEqual([
    '   0.0 s  Quick\n',
    '  30.0 s  45%, 3.4G copied: Copy\n',
    '  60.0 s  45%, 3.4G copied: Copy\n',
    '   0.0 s  Waiting: apt\n',
    '  61.0 s  Copy\n',
  ]);
});

test('a step that fails leaves no half line, and nothing is written afterwards', () => {
  const reporter = stepReporter(output(true));
  reporter.report(event('step-started', 'Copy'));
  vi.advanceTimersByTime(1000);
  reporter.end();
  vi.advanceTimersByTime(60_000);
  expect(written).toEqual(['\r\u001b[K   1.0 s  Copy', '\r\u001b[K']);
});
