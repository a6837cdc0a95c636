import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Guest } from '../../guest/guest.js';

const HOUR_MS = 60 * 60_000;

/** `/root/kill-walk.mjs` in the guest, with what it needs beside it. */
export async function pushKillWalk(guest: Guest): Promise<void> {
  for (const file of ['kill-walk.mjs', 'kill-here.mjs', 'kill-points.mjs'])
    await guest.push(fileURLToPath(new URL(file, import.meta.url)), `/root/${file}`);
}

/**
 * Has bench end by SIGKILL once before each command that it starts and after each step, until it comes to its end.
 * @param flags more of kill-walk.mjs
 * @returns where it was killed
 */
export async function killedEverywhere(
  guest: Guest,
  command: readonly string[],
  flags: readonly string[] = [],
): Promise<string[]> {
  const { stdout, stderr } = await guest.run(
    ['node', '/root/kill-walk.mjs', 'shop', '--everywhere', ...flags, '--', ...command],
    { check: false, timeoutMs: HOUR_MS },
  );
  const { killed, failed } = JSON.parse(stdout) as { killed: string[]; failed?: number | string };
  expect(failed, `${stdout}${stderr}`).toBeUndefined();
  console.log(`bench ${command.join(' ')}: killed at ${killed.length} points`);
  return killed;
}
