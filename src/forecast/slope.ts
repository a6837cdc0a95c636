/** A size at a moment: milliseconds since 1970, and bytes. */
export interface Point {
  time: number;
  bytes: number;
}

/**
 * The Theil-Sen slope of a series in bytes per millisecond: the median of the slopes between all pairs of points. Up to
 * a quarter of them may lie anywhere, such as a dump that is written and removed again, without moving it much.
 * Undefined where there are not two moments. Pure.
 */
export function theilSen(points: readonly Point[]): number | undefined {
  const slopes: number[] = [];
  for (const [index, a] of points.entries()) {
    for (let other = index + 1; other < points.length; other += 1) {
      const b = points[other];
      if (b !== undefined && b.time !== a.time) slopes.push((b.bytes - a.bytes) / (b.time - a.time));
    }
  }
  return median(slopes);
}

/**
 * At most `count` points, which tell as much: the medians of as many equal stretches of time. The cost of a slope grows
 * with the square of the number of points.
 */
export function thinned(points: readonly Point[], count: number): Point[] {
  if (points.length <= count) return [...points];
  const times = points.map(({ time }) => time);
  const start = Math.min(...times);
  const length = (Math.max(...times) - start) / count || 1;
  const stretches = new Map<number, Point[]>();
  for (const point of points) {
    const index = Math.min(count - 1, Math.floor((point.time - start) / length));
    stretches.set(index, [...(stretches.get(index) ?? []), point]);
  }
  return [...stretches.values()].map((stretch) => ({
    time: median(stretch.map(({ time }) => time)) ?? 0,
    bytes: median(stretch.map(({ bytes }) => bytes)) ?? 0,
  }));
}

function median(numbers: readonly number[]): number | undefined {
  const sorted = Float64Array.from(numbers).sort();
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? upper) + upper) / 2;
}
