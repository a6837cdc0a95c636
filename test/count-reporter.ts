import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Where `.ci/run` reads the counts from; beside the dependencies, so that git never sees it. */
export const COUNTS = 'node_modules/.test-counts.json';

/** Writes how many tests passed and failed. A file that could not be loaded, or a hook that failed, counts as failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const failedTests = tests.filter((test) => test.result().state === 'failed').length;
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length;
    writeFileSync(COUNTS, JSON.stringify({ passed, failed: failedTests + broken + unhandledErrors.length }));
  }
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests('failed')].length > 0;
}
