import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Appends a line of JSON with how many tests passed and failed to the file that BENCH_TEST_COUNTS names, for `.ci/run`,
 * which adds up its runs. A file that could not be loaded, or a hook that failed, counts as failed.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env.BENCH_TEST_COUNTS;
    if (file === undefined) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const failedTests = tests.filter((test) => test.result().state === 'failed').length;
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length;
    const failed = failedTests + broken + unhandledErrors.length;
    appendFileSync(file, `${JSON.stringify({ passed, failed })}\n`);
  }
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests('failed')].length > 0;
}
