import type { Guest } from '../guest/guest.js';
import type { Span } from './writes/writes.js';

/** One run of a script in the guest, timed there. */
export interface Timed extends Span {
  seconds: number;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a bash script in the guest and takes the time by the guest's clock, without the way there and back.
 * @param limitMs ends it
 */
export async function timed(guest: Guest, script: string, limitMs = 580_000): Promise<Timed> {
  await guest.write('/root/timed.sh', script);
  const { stdout } = await guest.sh(
    `begun=$(date +%s.%N); bash -eu /root/timed.sh > /tmp/timed.out 2> /tmp/timed.err < /dev/null && code=0 || code=$?
    printf '%s\\0' $begun $(date +%s.%N) $code; cat /tmp/timed.out; printf '\\0'; cat /tmp/timed.err`,
    { timeoutMs: limitMs },
  );
  const [begun, ended, code, out = '', said = ''] = stdout.split('\0');
  const [fromMs, toMs] = [Number(begun) * 1000, Number(ended) * 1000];
  return {
    fromMs,
    toMs,
    seconds: (toMs - fromMs) / 1000,
    exitCode: Number(code),
    stdout: out,
    stderr: said,
  };
}

/** As `timed`, for what has to succeed. */
export async function timedSuccess(guest: Guest, script: string): Promise<Timed> {
  const run = await timed(guest, script);
  if (run.exitCode !== 0)
    throw new Error(`ended with ${run.exitCode}: ${script}\n${run.stdout}${run.stderr}`);
  return run;
}
