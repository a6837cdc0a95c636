import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The JSON report is what `.ci/run` counts from; it lies beside the dependencies so that git never sees it.
    reporters: process.env.CI ? ['verbose', 'json'] : ['default', 'json'],
    outputFile: { json: 'node_modules/.vitest-report.json' },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'guest',
          include: ['test/guest/**/*.test.ts'],
          globalSetup: ['test/guest/setup.ts'],
          // Emulated machines on two cores: more at once only makes each slower.
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
