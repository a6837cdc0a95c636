import { describe, expect, it } from 'vitest';
import { neededTags, planTransfers, resumable } from '../../../src/replicate/plan-send.js';
import { pruneUnsent, unsent } from '../../../src/replicate/settle.js';
import { wholeMoment } from '../../../src/replicate/status.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
import { copy, snapshot, source } from './members.js';

const [a, b, c, d] = [1, 2, 3, 4].map((txg) => snapshot(`t${txg}`, txg)) as [
  ReturnType<typeof snapshot>,
  ReturnType<typeof snapshot>,
  ReturnType<typeof snapshot>,
  ReturnType<typeof snapshot>,
];
const brief = (transfers: ReturnType<typeof planTransfers>) =>
  transfers.map(({ member, tag, base }) => `${member} ${base ?? 'all'} ${tag}`);

describe('which streams go', () => {
  it('all of the newest where the other side has nothing, and nothing before it', () => {
    expect(brief(planTransfers('b', [source('.', [a, b, c])], { members: [] }, 't3'))).toEqual(['. all t3']);
  });

  it('each consistent snapshot that the other side does not have, oldest first', () => {
    const crash = snapshot('crash', 3, { consistent: false });
    const members = [source('.', [a, b, crash, d])];
    expect(brief(planTransfers('b', members, { members: [copy('.', [a])] }, 't4'))).toEqual([
      '. @t1 t2',
      '. @t2 t4',
    ]);
  });

  it('none that a run has taken for itself, but the newest', () => {
    const own = (tag: string, txg: number) => snapshot(tag, txg, { replicated: true });
    const members = [source('.', [a, own('t2', 2), c, own('t4', 4)])];
    expect(brief(planTransfers('b', members, { members: [copy('.', [a])] }, 't4'))).toEqual([
      '. @t1 t3',
      '. @t3 t4',
    ]);
  });

  it('from the bookmark of a snapshot that is gone', () => {
    const bookmarks = [{ name: 'bench-replicate-t1', guid: a.guid, createTxg: a.createTxg }];
    const members = [source('.', [b], { bookmarks })];
    expect(brief(planTransfers('b', members, { members: [copy('.', [a])] }, 't2'))).toEqual([
      '. #bench-replicate-t1 t2',
    ]);
  });

  it("not from somebody else's bookmark", () => {
    const bookmarks = [{ name: 'mine', guid: a.guid, createTxg: a.createTxg }];
    const members = [source('.', [b], { bookmarks })];
    expect(() => planTransfers('b', members, { members: [copy('.', [a])] }, 't2')).toThrow(
      expect.objectContaining({ code: 'copy-without-base' }),
    );
  });

  it('nothing where the other side has the newest', () => {
    expect(planTransfers('b', [source('.', [a, b])], { members: [copy('.', [a, b])] }, 't2')).toEqual([]);
  });

  it('nothing newer than the moment that was asked for', () => {
    const members = [source('.', [a, b, c])];
    expect(brief(planTransfers('b', members, { members: [copy('.', [a])] }, 't2'))).toEqual(['. @t1 t2']);
  });

  it('volumes before the root volume of each moment', () => {
    const members = [source('.', [a, b, c]), source('files', [a, b, c])];
    const look = { members: [copy('.', [a]), copy('files', [a])] };
    expect(brief(planTransfers('b', members, look, 't3'))).toEqual([
      'files @t1 t2',
      '. @t1 t2',
      'files @t2 t3',
      '. @t2 t3',
    ]);
  });

  it('only the newest moment where a volume begins: no earlier one could be whole', () => {
    const members = [source('.', [a, b, c]), source('files', [c])];
    expect(brief(planTransfers('b', members, { members: [copy('.', [a])] }, 't3'))).toEqual([
      'files all t3',
      '. @t1 t3',
    ]);
  });

  it('the rest of a moment that was cut off between its volumes', () => {
    const members = [source('.', [a, b]), source('files', [a, b])];
    const look = { members: [copy('.', [a]), copy('files', [a, b])] };
    expect(brief(planTransfers('b', members, look, 't2'))).toEqual(['. @t1 t2']);
  });

  it('raw what is encrypted', () => {
    const [transfer] = planTransfers('b', [source('.', [a], { encrypted: true })], { members: [] }, 't1');
    expect(transfer?.raw).toBe(true);
  });
});

describe('what is refused, with what to do', () => {
  const refused = (members: Parameters<typeof planTransfers>[1], copies: ReturnType<typeof copy>[]) => {
    try {
      planTransfers('b', members, { members: copies }, 't3');
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('a copy with a snapshot that was made there', () => {
    const foreign = snapshot('mine', 9);
    expect(refused([source('.', [a, b, c])], [copy('.', [a, b, foreign])])).toMatchObject({
      code: 'copy-diverged',
      message: expect.stringContaining('mine'),
      suggestions: expect.arrayContaining([
        expect.stringContaining('zfs rollback -r tank/_copies/shop@t2'),
        'Or keep it and begin anew, on b: zfs rename tank/_copies/shop tank/_copies/shop-before',
      ]),
    });
  });

  it('a copy that was written to', () => {
    expect(refused([source('.', [a, c])], [copy('.', [a], { writtenBytes: 40_960 })])).toMatchObject({
      code: 'copy-written',
      message: expect.stringContaining('40960'),
    });
  });

  it('not a copy whose intent log alone was in use: ZFS has the last word', () => {
    expect(refused([source('.', [a, c])], [copy('.', [a], { writtenBytes: 8192 })])).toBeUndefined();
  });

  it('a copy without anything in common', () => {
    expect(refused([source('.', [c])], [copy('.', [a, b])])).toMatchObject({ code: 'copy-without-base' });
  });

  it('a bench that went back to an older snapshot than the copy has', () => {
    const after = snapshot('t9', 9);
    expect(refused([source('.', [a, after])], [copy('.', [a, b, c])])).toMatchObject({
      code: 'copy-diverged',
      message: expect.stringContaining('t3, t2'),
    });
  });

  it('raw streams onto a copy of the other kind', () => {
    expect(refused([source('.', [a, c], { encrypted: true })], [copy('.', [a])])).toMatchObject({
      code: 'raw-mixed',
    });
  });
});

describe('a stream that was cut off', () => {
  const members = [source('.', [a, b])];
  const look = { members: [copy('.', [a], { token: '1-x' })] };
  const rest = { member: '.', token: '1-x', toGuid: b.guid, fromGuid: a.guid };

  it('is gone on with where it is what would be sent now', () => {
    expect(resumable(rest, members, look)).toBe(true);
    const first = { members: [copy('.', [], { token: '1-x' })] };
    expect(resumable({ ...rest, fromGuid: undefined }, members, first)).toBe(true);
  });

  it.each([
    ['its snapshot is gone', { toGuid: '77' }],
    ['it goes from something else', { fromGuid: '77' }],
    ['it would send everything on what is there', { fromGuid: undefined }],
    ['it is of a member that does not travel', { member: 'files' }],
  ])('is given up where %s', (_, over) => {
    expect(resumable({ ...rest, ...over }, members, look)).toBe(false);
  });

  it('is given up where its snapshot is not consistent', () => {
    const crash = snapshot('t2', 2, { consistent: false });
    expect(resumable(rest, [source('.', [a, crash])], look)).toBe(false);
  });
});

describe('what runs that failed have left', () => {
  const own = (tag: string, txg: number) => snapshot(tag, txg, { replicated: true });
  const [base, cut, stale, newest] = [own('t1', 1), own('t2', 2), own('t3', 3), own('t5', 5)];
  const all = [base, cut, stale, d, newest].map((each) => each ?? a);
  const members = [source('.', all), source('files', all)];
  const look = { members: [copy('.', [a]), copy('files', [a, b])] };

  it('is not the newest, nor what the other side has last, nor what a stream was cut off of', () => {
    expect(neededTags(members, look, [], 't5')).toEqual(new Set(['t5', 't1', 't2']));
    expect(neededTags(members, { members: [] }, [{ toGuid: b.guid }], 't5')).toEqual(new Set(['t5', 't2']));
  });

  it('is what they took for themselves, and no snapshot of anybody else', () => {
    const needed = neededTags(members, look, [], 't5');
    expect(unsent(all, needed).map(({ tag }) => tag)).toEqual(['t3']);
  });

  it('loses its hold and goes, so that it does not fill the bench while the other side is full', async () => {
    const dataset = 'bench-pool/shop';
    const list = ['zfs', 'list', '-H', '-p', '-t', 'snapshot', '-d', '1'];
    const columns =
      'name,creation,used,referenced,written,userrefs,clones,guid,bench:quiesce,bench:note,bench:verified,bench:for,bench:of,bench:schedule,bench:pin';
    const row = (tag: string, holds: number) =>
      `${dataset}@${tag}\t1700000000\t0\t0\t0\t${holds}\t-\t1\t-\t-\t-\t-\t-\t-\t-\n`;
    const runner = new ScriptedRunner([
      {
        argv: ['zfs', 'holds', '-H', '-p', `${dataset}@t3`],
        stdout: `${dataset}@t3\tbench:replicate\t1700000000\n`,
      },
      { argv: ['zfs', 'release', 'bench:replicate', `${dataset}@t3`] },
      {
        argv: [...list, '-o', 'name,createtxg,clones,bench:replicate', dataset],
        stdout: all.map(({ tag }, at) => `${dataset}@${tag}\t${at}\t-\t${tag}\n`).join(''),
      },
      {
        argv: [...list, '-S', 'createtxg', '-o', columns, dataset],
        stdout: row('t5', 0) + row('t3', 0) + row('t1', 1),
      },
      { argv: ['zfs', 'destroy', `${dataset}@t3`] },
    ]);
    await pruneUnsent(runner, [source('.', all)], neededTags(members, look, [], 't5'));
    expect(runner.lines.filter((line) => /release|destroy/.test(line))).toEqual([
      `zfs release bench:replicate ${dataset}@t3`,
      `zfs destroy ${dataset}@t3`,
    ]);
  });
});

describe('the newest moment that is whole', () => {
  const members = [{ member: '.' }, { member: 'files' }];
  it('has all members and was told to be', () => {
    const look = { members: [copy('.', [a, b]), copy('files', [a, b, c])] };
    expect(wholeMoment(members, look)?.tag).toBe('t2');
  });
  it('is an older one where the newest was not told, or lacks a member', () => {
    const root = copy('.', [a, b]);
    const untold = {
      ...root,
      snapshots: root.snapshots.map((each) => (each.tag === 't2' ? { ...each, quiesce: null } : each)),
    };
    expect(wholeMoment(members, { members: [untold, copy('files', [a, b])] })?.tag).toBe('t1');
    expect(wholeMoment(members, { members: [root, copy('files', [a])] })?.tag).toBe('t1');
    expect(wholeMoment(members, { members: [root] })).toBeNull();
  });
});
