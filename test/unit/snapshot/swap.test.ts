import { describe, expect, test } from 'vitest';
import type { Swap } from '../../../src/bench/restore-journal.js';
import type { Runner } from '../../../src/host/exec.js';
import { keptNames } from '../../../src/snapshot/kept.js';
import { historyBytes, spaceMissing } from '../../../src/snapshot/preflight-swap.js';
import { parseStandings, type Standing } from '../../../src/snapshot/standings.js';
import { makeMove, nextMove, settle } from '../../../src/snapshot/swap.js';
import { parseProperties } from '../../../src/zfs/properties.js';

const names = keptNames('p/shop');

/** ZFS as far as a swap knows it: names, GUIDs and origins. */
class Pool {
  constructor(readonly at: Map<string, Standing>) {}

  run(argv: readonly string[]): void {
    const [, command, ...rest] = argv;
    const [last = '', before = ''] = [...rest].reverse();
    const get = (name: string) => {
      const found = this.at.get(name);
      if (found === undefined) throw new Error(`no ${name} for ${argv.join(' ')}`);
      return found;
    };
    if (command === 'rename') {
      if (this.at.has(last)) throw new Error(`${last} exists`);
      this.at.set(last, get(before));
      this.at.delete(before);
      for (const entry of this.at.values())
        if (entry.origin.startsWith(`${before}@`)) entry.origin = entry.origin.replace(before, last);
    } else if (command === 'clone') {
      get(before.split('@')[0] ?? '');
      this.at.set(last, standing(`clone of ${before.split('@')[1]}`, before));
    } else if (command === 'promote') {
      const [origin = '', tag = ''] = get(last).origin.split('@');
      const tail = get(origin).origin;
      // The snapshot goes over, and with it whatever else is a clone of it.
      for (const entry of this.at.values())
        if (entry.origin === `${origin}@${tag}`) entry.origin = `${last}@${tag}`;
      get(origin).origin = `${last}@${tag}`;
      get(last).origin = tail;
    } else if (command === 'destroy') {
      const clones = [...this.at.values()].filter(({ origin }) => origin.startsWith(`${last}@`));
      if (clones.length > 0) throw new Error(`${last} has clones`);
      this.at.delete(last);
    } else if (command === 'set' && rest.some((arg) => arg.startsWith('bench:kept=')))
      get(last).marked = true;
  }
}

const standing = (guid: string, origin = '-', marked = false): Standing => ({ guid, origin, marked });
const kept = (guid: string, origin = '-') => standing(guid, origin, true);

function swapOf(keptGuid: string | null): Swap {
  return { liveGuid: 'live', keptGuid, keptAt: 'now', properties: { recordsize: '16384', quota: '9' } };
}

interface Wanted {
  mode: 'keep' | 'undo';
  swap: Swap;
  tag?: string;
}

/**
 * Carries a swap out, cut off after every single command, and returns the moves in the order of their first time.
 * @param commands after so many it is not gone on with
 */
function carryOut({ mode, swap, tag = 'good' }: Wanted, pool: Pool, commands = 40): string[] {
  const titles: string[] = [];
  let half = false;
  for (let done = 0; done < commands; done += 1) {
    const move = nextMove({ mode, tag, names, swap, at: pool.at });
    if (move === undefined) return titles;
    if (titles.at(-1) !== move.title) titles.push(move.title);
    // Of two commands the first one is done twice: cut off between them, the next look has to find the same move.
    half = move.commands.length > 1 && !half;
    for (const { argv } of half ? move.commands.slice(0, 1) : move.commands) pool.run(argv);
    if (move.drops !== undefined) pool.run(['zfs', 'destroy', '-r', move.drops]);
  }
  if (commands === 40) throw new Error('never done');
  return titles;
}

/** The live dataset with the snapshots `good` and `other`, and an older copy beside it or not. */
function poolWith(copy?: Standing): Pool {
  return new Pool(
    new Map([
      [names.live, standing('live')],
      ...(copy ? [[names.kept, { ...copy }] as [string, Standing]] : []),
    ]),
  );
}

describe('a swap', () => {
  test('keep: the live dataset is set aside and a clone takes its place and its snapshots', () => {
    const pool = poolWith();
    expect(carryOut({ mode: 'keep', swap: swapOf(null) }, pool)).toEqual([
      'Set the live dataset aside',
      'Put the snapshot in its place',
      'Give it the snapshots',
    ]);
    expect(pool.at).toEqual(
      new Map([
        ['p/_shop.kept', kept('live', 'p/shop@good')],
        ['p/shop', standing('clone of good')],
      ]),
    );
  });

  test('keep beside an older copy: that one is set aside, and dropped by whoever finishes', () => {
    const pool = poolWith(kept('older', 'p/shop@good'));
    expect(carryOut({ mode: 'keep', swap: swapOf('older') }, pool)[0]).toBe('Set the older copy aside');
    expect(pool.at.get(names.aside)?.guid).toBe('older');
    expect(pool.at.get(names.kept)?.guid).toBe('live');
  });

  test('undo: both change places, and the snapshots go along; twice is where it began', () => {
    const pool = poolWith(kept('kept', 'p/shop@good'));
    expect(carryOut({ mode: 'undo', swap: swapOf('kept') }, pool)).toEqual([
      'Set the live dataset aside',
      'Bring the kept copy back',
      'Give it the snapshots',
      'Keep what was live',
    ]);
    expect(pool.at.get(names.live)).toMatchObject({ guid: 'kept', origin: '-' });
    expect(pool.at.get(names.kept)).toEqual(kept('live', 'p/shop@good'));
    carryOut({ mode: 'undo', swap: { ...swapOf('live'), liveGuid: 'kept' } }, pool);
    expect(pool.at.get(names.live)).toMatchObject({ guid: 'live', origin: '-' });
  });

  describe.each([undefined, kept('older', 'p/shop@good')])('a keep cut off anywhere, beside %j', (older) => {
    const swap = swapOf(older?.guid ?? null);
    const cuts = [0, 1, 2, 3, 4, 5, 6, 7];

    test.each(cuts)('after %i commands: another snapshot takes its place', (commands) => {
      const pool = poolWith(older);
      carryOut({ mode: 'keep', swap }, pool, commands);
      carryOut({ mode: 'keep', swap, tag: 'other' }, pool);
      expect(pool.at.get(names.live)).toMatchObject({ guid: 'clone of other', origin: '-' });
      expect(pool.at.get(names.kept)).toMatchObject({ guid: 'live', origin: 'p/shop@other' });
      expect(pool.at.get(names.aside)?.guid).toBe(older?.guid);
    });

    test.each(cuts)('after %i commands: it is given up, and what was live is live again', (commands) => {
      const pool = poolWith(older);
      carryOut({ mode: 'keep', swap }, pool, commands);
      const liveGuid = pool.at.get(names.live)?.guid ?? '';
      carryOut({ mode: 'undo', swap: { ...swap, liveGuid, keptGuid: 'live' } }, pool);
      expect(pool.at.get(names.live)).toMatchObject({ guid: 'live', origin: '-' });
      const replaced = liveGuid.startsWith('clone');
      expect(pool.at.get(names.kept)?.guid).toBe(replaced ? 'clone of good' : older?.guid);
      expect(pool.at.has(names.aside)).toBe(false);
    });
  });

  test('what neither of them left is refused, not guessed at', () => {
    const at = new Map([[names.kept, standing('somebody else')]]);
    for (const mode of ['keep', 'undo'] as const)
      expect(() => nextMove({ mode, tag: 'good', names, swap: swapOf('kept'), at })).toThrow(/are not what/);
  });

  test('an older copy goes with the hold that is on it for a copy elsewhere', async () => {
    const at = new Map([
      [names.live, standing('clone of good')],
      [names.kept, kept('live')],
      [names.aside, kept('older')],
    ]);
    const swap = { ...swapOf('live'), liveGuid: 'clone of good' };
    const move = nextMove({ mode: 'undo', tag: 'good', names, swap, at });
    if (move === undefined) throw new Error('no move');
    const answers: [start: string, stdout: string][] = [
      ['zfs list -H -p -t snapshot', `p/_shop.aside@s1\t0\t0\t0\t0\t1\t-\t4${'\t-'.repeat(7)}\n`],
      ['zfs list', `p/_shop.aside${'\t0'.repeat(20)}\n`],
      ['zfs get', 'now\n'],
      ['zfs holds', 'p/_shop.aside@s1\tbench:offsite\t0\n'],
    ];
    const changes: string[] = [];
    const host: Runner = {
      run: async ({ argv }) => {
        const line = argv.join(' ');
        const stdout = answers.find(([start]) => line.startsWith(start))?.[1];
        if (stdout === undefined) changes.push(line);
        return { argv, stdout: stdout ?? '', stderr: '', exitCode: 0, durationMs: 0 };
      },
    };
    await makeMove(host, move);
    expect(changes).toEqual(['zfs release bench:offsite p/_shop.aside@s1', 'zfs destroy -r p/_shop.aside']);
  });

  test('what bench has not marked is never destroyed', () => {
    const pool = poolWith(kept('kept', 'p/shop@good'));
    pool.at.set(names.aside, standing('somebody else'));
    expect(() => carryOut({ mode: 'undo', swap: swapOf('kept') }, pool)).toThrow(/are not what/);
    expect(() => carryOut({ mode: 'keep', swap: swapOf('kept') }, pool)).toThrow(/are not what/);
  });

  test('the clone gets every local property; sizes and mark only when it is settled', () => {
    const at = new Map([[names.kept, standing('live')]]);
    const move = nextMove({ mode: 'keep', tag: 'good', names, swap: swapOf(null), at });
    expect(move?.commands[0]?.argv.join(' ')).toBe(
      'zfs clone -o canmount=noauto -o recordsize=16384 p/_shop.kept@good p/shop',
    );
    const settled = (present: Record<string, string>) =>
      settle('keep', names.live, swapOf(null), present).map(({ argv }) => argv.join(' '));
    expect(settled({ recordsize: '16384' })).toEqual(['zfs set quota=9 reservation=none p/shop']);
    // A power cut has come between the clone and its properties; a copy that is live again keeps its own.
    expect(settled({ canmount: 'on' })).toEqual(['zfs set quota=9 reservation=none recordsize=16384 p/shop']);
    const undone = settle('undo', names.live, swapOf('kept'), { recordsize: '8192', quota: '9' });
    expect(undone.map(({ argv }) => argv.join(' '))).toEqual(['zfs set reservation=none p/shop']);
    expect(settled({ recordsize: '16384', quota: '9', 'bench:kept': 'now' })).toEqual([
      'zfs set reservation=none p/shop',
      'zfs inherit bench:kept p/shop',
    ]);
  });
});

test('no bench can have the name of a copy', () => {
  expect(names).toEqual({ live: 'p/shop', kept: 'p/_shop.kept', aside: 'p/_shop.aside' });
});

test('output of zfs', () => {
  expect(parseProperties('quota\t9\nbench:x\ta\tb\nsecond line\n\natime\toff\n')).toEqual({
    quota: '9',
    'bench:x': 'a\tb\nsecond line\n',
    atime: 'off',
  });
  const standing = parseStandings('p\t1\t-\t-\np/shop\t2\tp/x@y\t-\np/_shop.kept\t3\t-\t2026\n');
  expect(standing.get('p/shop')).toEqual({ guid: '2', origin: 'p/x@y', marked: false });
  expect(standing.get('p/_shop.kept')?.marked).toBe(true);
});

test('what a snapshot and those before it hold', () => {
  const snapshots = [
    { tag: 'third', writtenBytes: 100 },
    { tag: 'second', writtenBytes: 20 },
    { tag: 'first', writtenBytes: 3 },
  ];
  expect(['third', 'second', 'first', 'none'].map((tag) => historyBytes(snapshots, tag))).toEqual([
    123, 23, 3, 0,
  ]);
});

test.each([
  // A keep: 3 of 5 leave the reservation, which the snapshot then has for itself.
  [{ liveBytes: 5, sharedBytes: 2, keptBytes: 0, reservationBytes: 10, freeBytes: 0 }, 3],
  [{ liveBytes: 5, sharedBytes: 2, keptBytes: 0, reservationBytes: 10, freeBytes: 4 }, 0],
  [{ liveBytes: 15, sharedBytes: 12, keptBytes: 0, reservationBytes: 10, freeBytes: 0 }, 0],
  [{ liveBytes: 12, sharedBytes: 7, keptBytes: 0, reservationBytes: 10, freeBytes: 0 }, 3],
  // An undo: what was kept comes into the reservation, and what has been written since leaves it.
  [{ liveBytes: 9, sharedBytes: 3, keptBytes: 2, reservationBytes: 10, freeBytes: 0 }, 4],
  [{ liveBytes: 4, sharedBytes: 3, keptBytes: 12, reservationBytes: 10, freeBytes: 0 }, 0],
])('space to keep both: %o lacks %i', (space, lacking) => {
  expect(spaceMissing(space)).toBe(lacking);
});
