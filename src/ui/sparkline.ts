/** A size at a moment, in milliseconds since 1970 and bytes. */
export interface Sized {
  time: number;
  bytes: number;
}

const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * Sizes over time as one line of `width` characters, from the oldest to the newest in equal steps of time: each shows
 * the last size that was known then. From the smallest to the largest of them, so that a change is seen; undefined
 * where there is no time between them. Pure.
 */
export function sparkline(sizes: readonly Sized[], width: number): string | undefined {
  const sorted = [...sizes].sort((a, b) => a.time - b.time);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || first.time === last.time || width < 2) return undefined;
  const smallest = Math.min(...sorted.map(({ bytes }) => bytes));
  const range = Math.max(...sorted.map(({ bytes }) => bytes)) - smallest;
  const step = (last.time - first.time) / (width - 1);
  let index = 0;
  let line = '';
  for (let place = 0; place < width; place += 1) {
    // The last place is the newest, whatever rounding says.
    const time = place === width - 1 ? last.time : first.time + place * step;
    while (index + 1 < sorted.length && (sorted[index + 1]?.time ?? 0) <= time) index += 1;
    const height = range === 0 ? 0 : ((sorted[index]?.bytes ?? 0) - smallest) / range;
    line += LEVELS[Math.min(LEVELS.length - 1, Math.floor(height * LEVELS.length))];
  }
  return line;
}
