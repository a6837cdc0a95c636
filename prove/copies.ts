import { startGuest } from '../guest/start.js';
import { type LiveSite, measureSite } from './copies/beside.js';
import { type Costs, compareCosts } from './copies/cost.js';
import { LARGE, makeBench, PART_MB, SMALL, sizeOf } from './copies/lay-out.js';
import { details, figure, median, table } from './figures.js';
import type { Part } from './report.js';

export interface CopiesOptions {
  /** Of the large bench, in gigabytes. */
  largeGb: number;
  runs: number;
}

const SMALL_MB = 50;
/** A clone of the large bench beside one of the small one, a clone beside a copy, and the 99th percentile beside idle. */
const LIMITS = { growth: 1.2, share: 0.05, p99: 1.5 };

/** What clones cost, beside plain copies, and what a live site feels of proofs and extractions; its part of the report. */
export async function speedOfCopies({ largeGb, runs }: CopiesOptions): Promise<Part> {
  const guest = await startGuest({ image: 'product', disks: [{ size: '30G' }], label: 'copies' });
  try {
    await makeBench(guest, SMALL, SMALL_MB);
    await makeBench(guest, LARGE, largeGb * 1000);
    const sizes = { small: await sizeOf(guest, SMALL), large: await sizeOf(guest, LARGE) };
    const costs = await compareCosts(guest, runs);
    console.log(JSON.stringify(costs));
    const site = await measureSite(guest, runs);
    console.log(JSON.stringify(site));
    return report({ sizes, costs, site, runs });
  } finally {
    await guest.stop();
  }
}

interface Measured {
  /** Of the files of the database, bytes. */
  sizes: { small: number; large: number };
  costs: Costs;
  site: LiveSite;
  runs: number;
}

export function report({ sizes, costs, site, runs }: Measured): Part {
  const [small, large, copied] = [median(costs.small), median(costs.large), median(costs.copied)];
  const gb = (bytes: number) => `${figure(bytes / 1e9)} GB`;
  const ratios = { growth: large / small, share: large / copied };
  // A copy grows with the data, and a clone does not.
  const enough = (sizes.large * ratios.share) / LIMITS.share;
  const besides = site.commands.map((each) => ({ ...each, ratio: each.p99Ms / site.idle.p99Ms }));
  // What gives way to everything still takes its turn, where there is one processor for all.
  const allowed =
    LIMITS.p99 * (site.processors > 1 ? site.idle.p99Ms : Math.max(site.idle.p99Ms, site.floor.p99Ms));
  const failures = [
    ...(ratios.growth <= LIMITS.growth
      ? []
      : [
          `a clone of ${gb(sizes.large)} takes ${figure(ratios.growth)} times as long as one of ${gb(sizes.small)}`,
        ]),
    ...(ratios.share <= LIMITS.share
      ? []
      : [`a clone takes ${figure(ratios.share)} of what a copy of ${gb(sizes.large)} takes`]),
    ...besides
      .filter(({ p99Ms }) => !(p99Ms <= allowed))
      .map(
        ({ command, ratio }) => `\`${command}\`: 99 % of the writes within ${figure(ratio)} times of idle`,
      ),
  ];
  const name = (command: string) => `\`bench volume ${command}\``;
  return {
    name: 'copies',
    failures,
    text: `One guest (User Mode Linux where nothing else is said: one processor), one pool, two benches with MariaDB running; all in turns, medians of ${runs} runs.

**Until a MariaDB of its own answers**

${table(
  ['', 'seconds', 'of the small one', 'of the copy'],
  [
    [`\`bench clone\` of ${gb(sizes.small)}`, small, '1 : 1', ''],
    [
      `\`bench clone\` of ${gb(sizes.large)}`,
      large,
      `${figure(ratios.growth)} : 1`,
      `${figure(ratios.share)} : 1`,
    ],
    [`a copy of ${gb(sizes.large)}, and a start`, copied, '', '1 : 1'],
  ],
)}

The sizes are those of the files in the datadir, before compression; half of each row compresses. The copy is by \`cp -a
--reflink=never\` out of a snapshot onto a dataset with the same properties, most of it from memory, then \`systemctl start\`;
nobody has asked it for a bench.toml, mounts or guards. A clone is the whole command. Wanted: within ${LIMITS.growth} of the small one, and
${LIMITS.share} of the copy, which would be so from about ${gb(enough)} on in this machine: a copy grows with the data, a clone does not.

**What a live site feels**

${table(
  ['', 'writes', 'median, ms', '99 %, ms', 'of idle', 'the command, s'],
  [
    ['nothing else', site.idle.writes, site.idle.medianMs, site.idle.p99Ms, '1 : 1', ''],
    ...(
      [
        ['any program: `nice bench --version`, again and again', site.floor],
        ['`zfs clone`, `zfs destroy`, by hand', site.plain],
      ] as const
    ).map(([what, { writes, medianMs, p99Ms }]) => [
      what,
      ...[writes, medianMs, p99Ms],
      `${figure(p99Ms / site.idle.p99Ms)} : 1`,
      '',
    ]),
    ...besides.map(({ command, writes, medianMs, p99Ms, ratio, seconds }) => [
      name(command),
      ...[writes, medianMs, p99Ms],
      `${figure(ratio)} : 1`,
      median(seconds),
    ]),
  ],
)}

Three connections commit a row each 20 ms on the bench of ${gb(sizes.large)}, of a snapshot of which the commands are; the table that comes
back has ${PART_MB} MB. Wanted: within ${LIMITS.p99} of idle where there is more than one processor, and within ${LIMITS.p99} of what any program costs
where there is one, as here (${site.processors}): the commands and the server that they start give way to everything else (\`nice\`, SCHED_IDLE).

${details(
  'Each run, s',
  table(
    ['', 'runs'],
    [
      ['clone of the small one', costs.small.map(figure).join('; ')],
      ['clone of the large one', costs.large.map(figure).join('; ')],
      ['copy', costs.copied.map(figure).join('; ')],
      ...site.commands.map(({ command, seconds }) => [name(command), seconds.map(figure).join('; ')]),
    ],
  ),
)}`,
  };
}
