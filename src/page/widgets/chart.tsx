import { size, time } from '../words.js';
import { type Point, type SpaceSeen, spaceChart } from './space-chart.js';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 240, 56, 24, 10];
/** Space over time: what is used, what of it is live, how it goes on, and what limits it. */
export function SpaceChart({ space }: { space: SpaceSeen }) {
  const { now, used, live, ahead, first, last, top } = spaceChart(space);
  const x = (at: number) => LEFT + ((at - first) / (last - first)) * (WIDTH - LEFT - 8);
  const y = (bytes: number) => HEIGHT - BOTTOM - (bytes / top) * (HEIGHT - BOTTOM - TOP);
  const path = (points: readonly Point[]) =>
    points
      .map(({ at, bytes }, index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(bytes).toFixed(1)}`)
      .join('');
  const limit = (name: string, bytes: number, kind: string) =>
    bytes > 0 &&
    bytes <= top && (
      <g>
        <line class={kind} x1={LEFT} x2={WIDTH - 8} y1={y(bytes)} y2={y(bytes)} />
        <text x={WIDTH - 12} y={y(bytes) - 4} text-anchor="end">
          {name} {size(bytes)}
        </text>
      </g>
    );
  const label = `${size(space.usedBytes)} used now, quota ${size(space.quotaBytes)}${
    space.forecast?.fullAt ? `, full at ${time(space.forecast.fullAt)} if it goes on so` : ''
  }`;
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Space over time: ${label}`}>
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="grid" x1={LEFT} x2={WIDTH - 8} y1={y(top * part * 0.9)} y2={y(top * part * 0.9)} />
            <text x={LEFT - 6} y={y(top * part * 0.9) + 4} text-anchor="end">
              {size(Math.round(top * part * 0.9))}
            </text>
          </g>
        ))}
        <line class="grid" x1={x(now)} x2={x(now)} y1={TOP} y2={HEIGHT - BOTTOM} />
        <text x={x(now)} y={HEIGHT - 6} text-anchor="middle">
          now
        </text>
        <text x={LEFT} y={HEIGHT - 6}>
          {time(new Date(first).toISOString()).slice(0, 10)}
        </text>
        <text x={WIDTH - 8} y={HEIGHT - 6} text-anchor="end">
          {time(new Date(last).toISOString()).slice(0, 10)}
        </text>
        {limit('quota', space.quotaBytes, 'line-quota')}
        {limit('reservation', space.reservationBytes, 'line-reserved')}
        <path class="line-live" d={path(live)} />
        <path class="line-used" d={path(used)} />
        <path class="line-ahead" d={path(ahead)} />
        <circle class="point" cx={x(now)} cy={y(space.usedBytes)} r="4" />
      </svg>
      <figcaption>
        <span>
          <i class="dot bar-used" /> used, with snapshots
        </span>
        <span>
          <i class="dot bar-live" /> live data at each snapshot
        </span>
        <span>
          <i class="dot bar-ahead" /> if it goes on so
        </span>
      </figcaption>
    </figure>
  );
}
