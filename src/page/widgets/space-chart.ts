export interface Point {
  at: number;
  bytes: number;
}

export interface SpaceSeen {
  at: string;
  quotaBytes: number;
  reservationBytes: number;
  usedBytes: number;
  samples: { at: string; usedBytes: number }[];
  snapshots: { at: string; referencedBytes: number }[];
  forecast: { growthBytesPerDay: number | null; fullAt: string | null } | null;
}

const DAY_MS = 86_400_000;

/** The points and the frame of the picture. Pure. */
export function spaceChart(space: SpaceSeen) {
  const now = Date.parse(space.at);
  const used: Point[] = space.samples.map(({ at, usedBytes }) => ({ at: Date.parse(at), bytes: usedBytes }));
  used.push({ at: now, bytes: space.usedBytes });
  const live: Point[] = space.snapshots.map(({ at, referencedBytes }) => ({
    at: Date.parse(at),
    bytes: referencedBytes,
  }));
  const first = Math.min(now - DAY_MS, ...[...used, ...live].map(({ at }) => at));
  // As much of what comes as of what was, but no more than a month.
  const last = now + Math.min(30 * DAY_MS, Math.max(DAY_MS, (now - first) / 2));
  const growth = space.forecast?.growthBytesPerDay ?? null;
  const ahead: Point[] =
    growth === null
      ? []
      : [
          { at: now, bytes: space.usedBytes },
          { at: last, bytes: Math.max(0, space.usedBytes + (growth * (last - now)) / DAY_MS) },
        ];
  const highest = Math.max(...[...used, ...live, ...ahead].map(({ bytes }) => bytes), 1);
  // A limit far above all of it would press the lines to the ground.
  const limits = [space.quotaBytes, space.reservationBytes].filter((bytes) => bytes < highest * 4);
  const top = Math.max(highest, ...limits);
  return { now, used, live, ahead, first, last, top: top * 1.1 };
}
