import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from '../guest/guest.js';
import { quote } from '../guest/ssh.js';
import { startGuest } from '../guest/start.js';
import { truth } from './faults/truth.js';
import { collect, type Operation, prepareWalk, repeat } from './faults/walk.js';
import { GROUPS, type Group, type Prepared } from './power/groups.js';
import type { Part } from './report.js';

interface Cut {
  operation: string;
  /** When, in seconds after the command was started. */
  after: number;
  /** What the command had ended with by then; undefined where it was still at work. */
  ended: string | undefined;
  /** Writes that were not flushed, of all disks. */
  lost: number;
  wrong: string[];
}

/** The first cut of a command is drawn from so many milliseconds; from twice as many after each that it outlasts. */
const FIRST_SPAN_MS = 15_000;
/** So that some cuts come after the end: what a command has reported is there for good. */
const BEYOND_END = 1.15;

export interface PowerOptions {
  rounds: number;
  /** Operations by their title; all by default. */
  only?: RegExp | undefined;
  /**
   * QEMU's disks lose every write that was not flushed. User Mode Linux, where a cut takes a fifth of the time, loses
   * what its kernel had not written yet: what ZFS had not come to write.
   */
  machine: 'qemu' | 'uml';
}

/** Cuts the power at random moments of init, and of each command that changes a bench which is there. */
export async function powerCuts({ rounds, only, machine }: PowerOptions): Promise<Part> {
  const started = performance.now();
  const cuts: Cut[] = [];
  const stopped: string[] = [];
  const isWanted = (title: string) => only === undefined || only.test(title);
  const groups = GROUPS.map((group) => ({ group, wanted: group.titles.filter(isWanted).length }));
  const all = groups.reduce((sum, { wanted }) => sum + wanted, 0);
  for (const { group, wanted } of groups.filter((each) => each.wanted > 0)) {
    try {
      await cutGroup(group, { isWanted, rounds: Math.ceil((rounds * wanted) / all), machine, cuts });
    } catch (error) {
      // It has found something, and the others are cut all the same.
      stopped.push(String(error));
      console.log(`STOPPED ${stopped.at(-1)}`);
    }
  }
  return report(cuts, stopped, { minutes: (performance.now() - started) / 60_000, machine });
}

type Booted = { booted: Prepared['booted'] };

interface GroupOptions extends Pick<PowerOptions, 'rounds' | 'machine'> {
  isWanted: (title: string) => boolean;
  /** Gets each cut as it is over. */
  cuts: Cut[];
}

async function cutGroup({ prepare }: Group, { isWanted, rounds, machine, cuts }: GroupOptions) {
  const guest = await startGuest({
    image: 'product',
    disks: [{ size: '20G' }],
    ...(machine === 'qemu' ? { losesUnflushed: true } : {}),
    label: 'power cuts',
  });
  const guests = [guest];
  try {
    await prepareWalk(guest);
    const { operations, booted } = await prepare(guest, async (options) => {
      const other = await startGuest({ ...options, label: 'beside power cuts' });
      guests.push(other);
      return other;
    });
    const chosen = operations.filter(({ title }) => isWanted(title));
    await cutRepeatedly(guest, chosen, { rounds, cuts, booted });
  } finally {
    await Promise.all(guests.map((each) => each.stop()));
  }
}

async function cutRepeatedly(
  guest: Guest,
  operations: readonly Operation[],
  { rounds, cuts, booted }: Pick<GroupOptions, 'rounds' | 'cuts'> & Booted,
): Promise<void> {
  const ends = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const operation = operations[round % operations.length] as Operation;
    await operation.prepare(guest);
    const { title } = operation;
    const outlasted = cuts.filter((cut) => cut.operation === title && cut.ended === undefined).length;
    const span = spanOf(ends.get(title), outlasted);
    const cut = await cutOnce(guest, operation, {
      afterMs: Math.random() * span,
      onEnd: (ms) => ends.set(title, ms),
      booted,
    });
    const told = cut.wrong.map((text) => `\n      ${text}`).join('');
    console.log(
      `${cut.wrong.length === 0 ? 'ok   ' : 'WRONG'} ${operation.title}: cut after ${cut.after.toFixed(1)} s (${cut.ended ?? 'at work'}), ${cut.lost} writes lost${told}`,
    );
    cuts.push(cut);
  }
}

/** Milliseconds from the start of a command in which its power is cut. */
function spanOf(endMs: number | undefined, outlasted: number): number {
  return endMs === undefined ? FIRST_SPAN_MS * 2 ** outlasted : endMs * BEYOND_END;
}

async function cutOnce(
  guest: Guest,
  operation: Operation,
  { afterMs, onEnd, booted }: { afterMs: number; onEnd: (ms: number) => void } & Booted,
): Promise<Cut> {
  // What was prepared is on the disk: it is not what the cut is about.
  await guest.sh('sync; zpool sync; sync');
  const started = performance.now();
  let ended: string | undefined;
  const running = guest
    .spawn(
      `bench ${operation.argv.map(quote).join(' ')} > /root/out 2>&1 < /dev/null && code=0 || code=$?; echo $code`,
    )
    .then(({ stdout }) => {
      // Nothing, where the cut has ended the connection.
      if (stdout.trim() === '') return;
      ended = stdout.trim();
      onEnd(performance.now() - started);
    })
    .catch(() => undefined);
  await Promise.race([sleep(afterMs), running.then(() => sleep(Math.random() * 2000))]);
  const after = (performance.now() - started) / 1000;
  const before = ended;
  const lost = [...(await guest.powerCut()).values()].reduce((sum, each) => sum + each.lost, 0);
  await running;
  await guest.powerOn();
  await guest.run(['systemctl', 'is-system-running', '--wait'], { check: false, timeoutMs: 280_000 });
  await booted?.();
  const wrong: string[] = [];
  const isOver = before === '0' || operation.exits?.includes(Number(before));
  if (isOver) await collect(wrong, 'it had said that it was done', () => operation.done(guest));
  else if (before !== undefined) wrong.push(`before the cut it had ended with ${before}`);
  await collect(wrong, 'lost', () => operation.intact(guest));
  wrong.push(...(await truth(guest, operation.bench)), ...(await repeat(guest, operation)));
  return { operation: operation.title, after, ended: before, lost, wrong };
}

const LOST = {
  qemu: 'of all disks every write after the last flush is lost',
  uml: 'in User Mode Linux, where what its kernel had not written is lost',
};

function report(
  cuts: readonly Cut[],
  stopped: readonly string[],
  { minutes, machine }: { minutes: number; machine: PowerOptions['machine'] },
): Part {
  const row = (operation: string) => {
    const own = cuts.filter((cut) => cut.operation === operation);
    const lost = own.reduce((sum, cut) => sum + cut.lost, 0);
    const atWork = own.filter(({ ended }) => ended === undefined).length;
    const wrong = own.filter((cut) => cut.wrong.length > 0).length;
    return `| \`bench ${operation}\` | ${own.length} | ${atWork} | ${lost} | ${wrong} |`;
  };
  const failures = [
    ...cuts.flatMap(({ operation, after, wrong }) =>
      wrong.map((text) => `\`${operation}\`, cut after ${after.toFixed(1)} s: ${text.split('\n')[0]}`),
    ),
    ...stopped.map((text) => text.split('\n')[0] ?? text),
  ];
  return {
    name: 'power',
    failures,
    text: `${cuts.length} cuts in ${minutes.toFixed(0)} minutes; ${failures.length} findings. Each at a random moment of the command, or up to two seconds after its end; ${LOST[machine]}.

| operation | cuts | while it was at work | writes lost | wrong |
| --- | ---: | ---: | ---: | ---: |
${[...new Set(cuts.map(({ operation }) => operation))].map(row).join('\n')}`,
  };
}
