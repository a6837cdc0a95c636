import { defineConfig } from 'vitest/config';

const inGuest = {
  globalSetup: ['test/guest/setup.ts'],
  // Each guest has a core of its own on a machine of two: more at once only make each slower.
  maxWorkers: 2,
  // After the quick ones, which would only fight for the two cores.
  sequence: { groupOrder: 1 },
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    // Ours first: the last line is vitest's own summary.
    reporters: ['./test/count-reporter.ts', 'default'],
    projects: [
      // Modules are loaded once a process and not once a file: that is most of the time of small tests.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, isolate: false } },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 60_000 } },
      // The main job, and what goes wrong with it: what `npm test` shows beside the quick ones.
      { test: { name: 'stories', include: ['test/guest/stories/*.test.ts'], ...inGuest } },
      // What else guards a change: `npm run test:guest`.
      { test: { name: 'guest', include: ['test/guest/*.test.ts'], ...inGuest } },
      // The matrices that take too long for every change: `npm run test:long`, by hand.
      { test: { name: 'long', include: ['test/guest/long/*.test.ts'], ...inGuest } },
    ],
  },
});
