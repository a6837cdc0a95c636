/**
 * `npm run prove`: runs the proof's parts on real ZFS and writes what they found into docs/proof.md.
 *
 *     npm run prove                          the short form
 *     npm run prove -- --all                 everything; takes hours
 *     npm run prove -- --only faults         one part
 *     npm run prove -- --only faults --operation 'snapshot$'
 *     npm run prove -- --only faults --operation '^clone$' --share 0.2     at a fifth of its points, drawn by lot
 *     npm run prove -- --only power --rounds 10 --operation '^drop|^volume'
 *     npm run prove -- --only power --operation '^clone' --machine uml     quicker cuts, which lose less
 *     npm run prove -- --only copies --large 3                            a large bench of so many GB
 *     npm run prove -- --only copies --runs 2
 *     npm run prove -- --only together --minutes 60
 */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { type Part, writePart } from './report.js';

const { values: flags } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string' },
    operation: { type: 'string' },
    rounds: { type: 'string' },
    share: { type: 'string', default: '1' },
    machine: { type: 'string', default: 'qemu' },
    large: { type: 'string', default: '3' },
    runs: { type: 'string' },
    minutes: { type: 'string' },
  },
});

/** `--operation`: of some operations alone. */
function onlyNamed(): { only?: RegExp } {
  return flags.operation === undefined ? {} : { only: new RegExp(flags.operation) };
}

const parts: Record<string, () => Promise<Part>> = {
  faults: async () => {
    const { faultMatrix } = await import('./faults/matrix.js');
    return faultMatrix({ all: flags.all, share: Number(flags.share), ...onlyNamed() });
  },
  load: async () => {
    const { underLoad } = await import('./load.js');
    return underLoad({ minutes: flags.all ? 30 : 3 });
  },
  together: async () => {
    const { together } = await import('./together.js');
    return together({ minutes: flags.minutes === undefined ? (flags.all ? 60 : 12) : Number(flags.minutes) });
  },
  speed: async () => {
    const { speed } = await import('./speed.js');
    return speed({
      runs: 3,
      ...(flags.all ? { snapshotRuns: 7, transactions: 4000 } : { snapshotRuns: 3, transactions: 2000 }),
    });
  },
  hostile: async () => {
    const { hostileInput } = await import('./hostile.js');
    return hostileInput({ runs: flags.all ? 5000 : 500 });
  },
  copies: async () => {
    const { speedOfCopies } = await import('./copies.js');
    return speedOfCopies({
      largeGb: Number(flags.large),
      runs: flags.runs === undefined ? (flags.all ? 7 : 3) : Number(flags.runs),
    });
  },
  offsite: async () => {
    const { copiesOffsite } = await import('./offsite.js');
    return copiesOffsite(flags.all ? { sizeMiB: 4096, runs: 3 } : { sizeMiB: 1024, runs: 2 });
  },
  'another host': async () => {
    const { anotherHost } = await import('./another-host.js');
    return anotherHost({ minutes: flags.all ? 30 : 5 });
  },
  fleet: async () => {
    const { manyHosts } = await import('./fleet.js');
    return manyHosts({ hosts: 200, runs: flags.all ? 5 : 3 });
  },
  power: async () => {
    const { powerCuts } = await import('./power.js');
    return powerCuts({
      rounds: flags.rounds === undefined ? (flags.all ? 120 : 6) : Number(flags.rounds),
      machine: flags.machine === 'uml' ? 'uml' : 'qemu',
      ...onlyNamed(),
    });
  },
};

const wanted = flags.only?.split(',') ?? Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
// What is checked out now: a run takes hours, and is of this.
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const made = `from commit ${commit}, on ${os.cpus().length} cores, Node ${process.versions.node}`;
let failures = 0;
for (const name of wanted) {
  const part = await parts[name]?.();
  if (part === undefined) continue;
  // Only some of the operations are no report, nor are cuts that lose less.
  if (flags.operation === undefined && flags.machine === 'qemu') writePart(part, made);
  console.log(`\n${name}: ${part.text}`);
  for (const failure of part.failures) console.log(`- ${failure}`);
  failures += part.failures.length;
}
process.exit(failures === 0 ? 0 : 1);
