import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from '../../guest/guest.js';
import { startGuest } from '../../guest/start.js';
import type { Part } from '../report.js';
import { copies, nameScripts } from './copies.js';
import { copiesElsewhere, nameStore } from './copies-elsewhere.js';
import { drops } from './drops.js';
import { initialisations } from './inits.js';
import { quickOperations, restores } from './operations.js';
import { type Scene, setScene } from './scene.js';
import { snapshotUses } from './snapshot-uses.js';
import { volumeOperations } from './volumes.js';
import { type Case, FAULTS, type Fault, type Operation, walk } from './walk.js';

/** Programs that only look: what goes wrong with them is tried in the whole matrix only. */
const READS =
  /^(?:zfs (?:list|get|holds|version|destroy -n)|zpool (?:list|status|get|version|import -d|import$)|findmnt|lsblk|wipefs|systemctl (?:show|is-|cat|list)|journalctl|dpkg|lsattr|getfacl|getent|systemd-|modinfo|blkid|flock|udevadm|node|id )/;

/**
 * How much of the matrix is tried: `all` of it; `each` fault wherever something is changed; or `one` at each of these
 * points, each kind in its turn, where a command that takes long is harmed in the programs that it starts only.
 */
export type Extent = 'all' | 'each' | 'one';

function chosenFor(
  { cases }: Operation,
  extent: Extent,
  share: number,
): ((point: string, fault: Fault) => boolean) | undefined {
  if (extent === 'all') return undefined;
  const given = new Map<string, Fault | undefined>();
  const drawn = new Map<string, boolean>();
  let next = 0;
  const isDrawn = () => Math.random() < share;
  const faultFor = () => (isDrawn() ? FAULTS[next++ % FAULTS.length] : undefined);
  return (point, fault) => {
    if (READS.test(point) || point.startsWith('step ')) return false;
    if (extent === 'each') {
      const name = `${fault} ${point}`;
      if (!drawn.has(name)) drawn.set(name, isDrawn());
      return drawn.get(name) === true;
    }
    if (cases === 'chain' && point.startsWith('file ')) return false;
    if (!given.has(point)) given.set(point, faultFor());
    return given.get(point) === fault;
  };
}

/** Walks through an operation to this extent. */
export function walkThrough(
  guest: Guest,
  operation: Operation,
  { extent, share = 1, onCase }: { extent: Extent; share?: number; onCase?: (done: Case) => void },
): Promise<Case[]> {
  const chosen = chosenFor(operation, extent, share);
  return walk(guest, operation, { ...(chosen && { chosen }), ...(onCase && { onCase }) });
}

function extentOf({ cases }: Operation, all: boolean): Extent {
  if (all) return 'all';
  return cases === 'each' ? 'each' : 'one';
}

function ofOneBench(scene: Scene): Operation[] {
  return [
    ...quickOperations(scene),
    ...snapshotUses(scene),
    ...volumeOperations(scene),
    ...drops(scene),
    ...restores(scene),
  ];
}

/** All that is walked through, by its title. */
export function walkedTitles(): string[] {
  const scene = { good: '', newer: '' };
  return [...ofOneBench(scene), ...copies(scene), ...copiesElsewhere(scene), ...initialisations].map(
    ({ title }) => title,
  );
}

export interface FaultOptions {
  all: boolean;
  /** Operations by their title; all by default. */
  only?: RegExp;
  /** Of the points at which one fault is tried, drawn by lot; 1 for all of them. */
  share: number;
}

/** Runs the matrix in machines of its own, two at a time, and returns its part of the report. */
export async function faultMatrix({ all, only, share }: FaultOptions): Promise<Part> {
  const started = performance.now();
  const cases: Case[] = [];
  const stopped: string[] = [];
  const onCase = (done: Case) => {
    const { operation, fault, point, exitCode, seconds, wrong } = done;
    cases.push(done);
    console.log(
      `${wrong.length === 0 ? 'ok   ' : 'WRONG'} ${operation}: ${fault} ${point} → ${exitCode ?? 'killed'}, ${seconds.toFixed(1)} s${wrong.map((text) => `\n      ${text}`).join('')}`,
    );
  };
  const through = async (guest: Guest, operation: Operation) => {
    try {
      await walkThrough(guest, operation, { extent: extentOf(operation, all), share, onCase });
    } catch (error) {
      // It has found something, and the others are walked through all the same.
      stopped.push(`\`${operation.title}\`: ${String(error)}`);
      console.log(`STOPPED ${stopped.at(-1)}`);
    }
  };
  const matches = ({ title }: Operation) => only === undefined || only.test(title);
  /** In one machine with a bench, or in none where nothing of it is wanted. */
  const onBench = async (
    operationsOf: (scene: Scene) => Operation[],
    prepare?: (guest: Guest) => Promise<void>,
  ) => {
    if (!operationsOf({ good: '', newer: '' }).some(matches)) return;
    const guest = await startGuest({ image: 'product', disks: [{ size: '20G' }], label: 'faults' });
    try {
      const scene = await setScene(guest);
      await prepare?.(guest);
      for (const operation of operationsOf(scene).filter(matches)) await through(guest, operation);
    } finally {
      await guest.stop();
    }
  };
  const onHosts = async () => {
    for (const operation of initialisations.filter(matches)) {
      const guest = await startGuest({ image: 'product', disks: [{ size: '20G' }], label: 'faults of init' });
      try {
        await through(guest, operation);
      } finally {
        await guest.stop();
      }
    }
  };
  const later = async () => {
    // So that two machines do not make the same saved state.
    await sleep(5000);
    await onBench(copies, nameScripts);
    await onBench(copiesElsewhere, (guest) => nameStore(guest));
    await onHosts();
  };
  await Promise.all([onBench(ofOneBench), later()]);
  return report(cases, stopped, { minutes: (performance.now() - started) / 60_000, all, share });
}

function report(
  cases: readonly Case[],
  stopped: readonly string[],
  { minutes, all, share }: { minutes: number; all: boolean; share: number },
): Part {
  const operations = [...new Set(cases.map(({ operation }) => operation))];
  const row = (operation: string) => {
    const own = cases.filter((each) => each.operation === operation);
    const counts = FAULTS.map((fault) => own.filter((each) => each.fault === fault).length);
    const points = new Set(own.map(({ point }) => point)).size;
    const wrong = own.filter((each) => each.wrong.length > 0).length;
    return `| ${[`\`bench ${operation}\``, points, ...counts, own.length, wrong].join(' | ')} |`;
  };
  const failures = [
    ...cases.flatMap(({ operation, fault, point, wrong }) =>
      wrong.map((text) => `\`${operation}\`, ${fault} at \`${point}\`: ${text.split('\n')[0]}`),
    ),
    ...stopped.map((text) => text.split('\n')[0] ?? text),
  ];
  const extent =
    share === 1 ? 'the short form' : `the short form, and of that a share of ${share}, drawn by lot`;
  return {
    name: 'faults',
    failures,
    text: `${cases.length} cases in ${minutes.toFixed(0)} minutes${all ? '' : `, ${extent}`}; ${failures.length} findings.

| operation | points | ${FAULTS.map((fault) => fault.replace('-', ' ')).join(' | ')} | cases | wrong |
| --- ${'| ---: '.repeat(FAULTS.length + 3)}|
${operations.map(row).join('\n')}`,
  };
}
