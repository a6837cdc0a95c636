/** How many random cases each property of this folder is tried with; `HOSTILE_RUNS` for a longer campaign. */
export const RUNS = Number(process.env.HOSTILE_RUNS || 100);

/** A vitest timeout that grows with the number of runs. In milliseconds. */
export const TIMEOUT_MS = 120_000 + RUNS * 1000;
