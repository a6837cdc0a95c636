import { execa } from 'execa';
import type { Part } from './report.js';

/** What vitest's json reporter tells, as far as it is used. */
interface Report {
  testResults: {
    name: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

const ROOT = new URL('..', import.meta.url);

/** Runs the properties of test/unit/hostile with many more inputs than the tests of every change have time for. */
export async function hostileInput({ runs }: { runs: number }): Promise<Part> {
  const started = performance.now();
  const { stdout } = await execa(
    'npx',
    ['vitest', 'run', '--project', 'unit', '--reporter=json', '--testTimeout=3600000', 'test/unit/hostile'],
    { cwd: ROOT, env: { HOSTILE_RUNS: String(runs) }, reject: false, stderr: 'inherit' },
  );
  const { testResults } = JSON.parse(stdout) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failures = tests
    .filter(({ status }) => status !== 'passed')
    .map(
      ({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n')[0] ?? 'not run'}`,
    );
  const minutes = (performance.now() - started) / 60_000;
  return {
    name: 'hostile',
    failures,
    text: `${tests.length} properties, each with ${runs} inputs or attempts, in ${minutes.toFixed(0)} minutes; ${failures.length} findings.

${tests.map(({ fullName }) => `- ${fullName}`).join('\n')}`,
  };
}
