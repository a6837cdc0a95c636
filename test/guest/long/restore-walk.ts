import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import type { Problem } from '../../../src/status/status.js';

/** What was seen after a run that was killed when it had reported this step. */
export interface Stop {
  step: string;
  problems: Problem[];
  active: string;
  mounted: string[];
}

interface Walked {
  code: number;
  stops: Stop[];
  output?: string;
}

/**
 * Carries out a restore of `shop`, killed after each of its steps that matches, in the order in which it reports
 * them; and checks each time that the bench says so, and that MariaDB runs before and after, but never in between.
 * @returns the steps after which it was killed
 */
export async function killWalk(
  guest: Guest,
  args: readonly string[],
  options: { pattern?: string; finish: string },
): Promise<string[]> {
  await guest.push(fileURLToPath(new URL('restore-walk.mjs', import.meta.url)), '/root/restore-walk.mjs');
  const { stdout } = await guest.run(
    ['node', '/root/restore-walk.mjs', 'shop', options.pattern ?? '', ...args],
    { timeoutMs: 3_000_000 },
  );
  const { code, stops, output } = JSON.parse(stdout) as Walked;
  expect(code, output).toBe(0);
  for (const stop of stops) expectTold(stop, options.finish);
  return stops.map(({ step }) => step);
}

/** The steps before which the services still run as they did, and those after which they may run again. */
const BEFORE = ['Maintenance mode on'];
const AFTER = /^(?:Start|Maintenance mode back|Drop the older copy)/;

function expectTold({ step, problems, active }: Stop, finish: string): void {
  expect(problems[0], step).toMatchObject({ code: 'restore-unfinished', fix: finish });
  // Whatever else is wrong is mended by the same command: nothing else may start services now.
  const others = problems
    .map(({ fix }) => fix)
    .filter((fix) => fix !== finish && !fix.startsWith('journalctl'));
  expect(others, step).toEqual([]);
  if (!BEFORE.includes(step) && !AFTER.test(step)) expect(active, step).toBe('inactive');
}
