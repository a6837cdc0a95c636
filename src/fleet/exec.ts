import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type HostResult, type Outcome, runOn } from './run-on.js';
import { controlDirectory } from './ssh.js';

export interface ExecRequest {
  hosts: readonly { name: string; address: string }[];
  /** What the fleet calls this host; undefined where it is in none. */
  here: string | undefined;
  /** `bench` and its words. */
  argv: readonly string[];
  /** How many hosts at once. */
  parallel: number;
  /** So many may fail before no other host is begun with. */
  maxFail: number;
  timeoutMs: number;
  stop: AbortSignal;
  onResult: (result: HostResult) => void;
}

/** Hosts that gave the same answer. */
export interface Answer extends Omit<HostResult, 'host' | 'durationMs'> {
  hosts: string[];
}

/** What `bench fleet exec --json` prints. */
export interface Executed {
  command: string[];
  counts: Record<Outcome, number>;
  answers: Answer[];
}

/**
 * Runs a command of bench on hosts, so many at once. Each result is told as it comes; one that hangs holds nobody up but
 * its own place.
 * @throws UsageError `exec-not-bench`
 */
export async function exec(runner: Runner, request: ExecRequest): Promise<Executed> {
  const { hosts, argv, here, parallel, maxFail, stop, onResult } = request;
  if (argv[0] !== 'bench')
    throw new UsageError('exec-not-bench', `Only bench is run on hosts, and not ${argv[0] ?? 'nothing'}.`, {
      suggestions: ['bench fleet exec -- bench volume status', 'For anything else: clush, ansible'],
    });
  const control = await controlDirectory();
  const results: HostResult[] = [];
  let next = 0;
  let failed = 0;
  const tell = (result: HostResult) => {
    results.push(result);
    if (result.outcome !== 'ok') failed += 1;
    onResult(result);
  };
  const worker = async () => {
    while (next < hosts.length && failed < maxFail && !stop.aborted) {
      const host = hosts[next++];
      if (host === undefined) return;
      const isHere = host.name === here;
      const words = isHere ? [process.argv[1] ?? 'bench', ...argv.slice(1)] : argv;
      const { timeoutMs } = request;
      tell(await runOn(runner, { host, isHere, argv: words, control, timeoutMs, stop }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, hosts.length) }, worker));
  for (const { name } of hosts.slice(next))
    tell({ host: name, outcome: 'skipped', exitCode: null, durationMs: 0, stdout: '', stderr: '' });
  return { command: [...argv], counts: countsOf(results), answers: folded(results) };
}

function countsOf(results: readonly HostResult[]): Record<Outcome, number> {
  const counts = { ok: 0, failed: 0, unreachable: 0, hung: 0, interrupted: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

const ORDER: readonly Outcome[] = ['ok', 'failed', 'unreachable', 'hung', 'interrupted', 'skipped'];

/** Hosts that gave the same answer together, the most first; what went wrong comes last, where it is seen. Pure. */
export function folded(results: readonly HostResult[]): Answer[] {
  const answers = new Map<string, Answer>();
  for (const { host, outcome, exitCode, stdout, stderr } of results) {
    const id = JSON.stringify([outcome, exitCode, stdout, stderr]);
    const answer = answers.get(id) ?? { hosts: [], outcome, exitCode, stdout, stderr };
    answer.hosts.push(host);
    answers.set(id, answer);
  }
  for (const { hosts } of answers.values()) hosts.sort();
  return [...answers.values()].sort(
    (a, b) =>
      ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) ||
      b.hosts.length - a.hosts.length ||
      ((a.hosts[0] ?? '') < (b.hosts[0] ?? '') ? -1 : 1),
  );
}
