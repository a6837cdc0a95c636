import { describe, expect, test } from 'vitest';
import { type Command, CommandError, type CommandResult, type Runner } from '../../../src/host/exec.js';
import { readProofs, recordProof, type Verdict } from '../../../src/snapshot/snapshot-orchestrator.js';
import { parseSnapshots } from '../../../src/zfs/zfs.js';

const DATASET = 'bench-pool/shop';

/** Snapshots `t0`, the oldest, to the newest, some of which were looked into; answers as `zfs list` does. */
class FakeZfs implements Runner {
  /** How many snapshots each process was asked to look into; 0 for names alone. */
  readonly asked: number[] = [];
  /** What was set, in order. */
  readonly set: string[] = [];
  /** What the dataset says of proofs. */
  said = '';
  private readonly tags: string[];
  constructor(
    count: number,
    private readonly verdicts: Record<string, string>,
    private readonly gone: readonly string[] = [],
  ) {
    this.tags = Array.from({ length: count }, (_, index) => `t${index}`);
  }

  async run({ argv }: Command): Promise<CommandResult> {
    const ok = { argv, stderr: '', exitCode: 0, durationMs: 0 };
    const text = (lines: string[]) => ({ ...ok, stdout: `${lines.join('\n')}\n` });
    if (argv[1] === 'get') return text([this.said]);
    if (argv[1] === 'set') {
      const [, , property = '', target = ''] = argv;
      this.set.push(`${target} ${property}`);
      const [, name, value = ''] = /^([^=]+)=(.*)$/.exec(property) ?? [];
      if (name === 'bench:proofs') this.said = value;
      else this.verdicts[target.split('@')[1] ?? ''] = value;
      return text([]);
    }
    if (argv.join(' ') === `zfs list -H -p -t snapshot -d 1 -o name ${DATASET}`) {
      this.asked.push(0);
      return text(this.tags.map((tag) => `${DATASET}@${tag}`));
    }
    const names = argv
      .filter((word) => word.startsWith(`${DATASET}@`))
      .map((name) => name.split('@')[1] ?? '');
    const missing = names.find((tag) => this.gone.includes(tag));
    this.asked.push(names.length === 0 ? this.tags.length : names.length);
    if (missing !== undefined) {
      const stderr = `cannot open '${DATASET}@${missing}': dataset does not exist\n`;
      throw new CommandError({ ...ok, stdout: '', stderr, exitCode: 1 }, 'failed with exit code 1');
    }
    const wanted = this.tags.filter((tag) => names.length === 0 || names.includes(tag));
    return text(wanted.toReversed().map((tag) => this.row(tag)));
  }

  snapshot(tag: string) {
    const [snapshot] = parseSnapshots(`${this.row(tag)}\n`);
    if (snapshot === undefined) throw new Error('a row that is none');
    return snapshot;
  }

  private row(tag: string): string {
    const verdict = this.verdicts[tag] ?? '-';
    const seconds = 1_700_000_000 + Number(tag.slice(1));
    return [`${DATASET}@${tag}`, seconds, 0, 0, 0, 0, '-', 1, 'stopped', '-', verdict, ...'----'].join('\t');
  }
}

const OK = encodeURIComponent('ok:2026-11-20T00:00:00.000Z:normal');

describe('of proofs is read', () => {
  test.each<[string, number, Record<string, string>, { asked: number[]; proven: string[] }]>([
    ['all at once where there are few', 100, { t3: OK, t7: OK }, { asked: [100], proven: ['t7', 't3'] }],
    [
      'no more than the newest, where one of these is proven',
      5000,
      { t4990: OK, t1: OK },
      { asked: [0, 100], proven: ['t4990'] },
    ],
    [
      'more and more of what was before',
      5000,
      { t4500: OK, t1: OK },
      { asked: [0, 100, 200, 400], proven: ['t4500'] },
    ],
    ['everything where none is proven', 500, {}, { asked: [0, 100, 200, 200], proven: [] }],
  ])('%s', async (_, count, verdicts, expected) => {
    const zfs = new FakeZfs(count, verdicts);
    const proofs = await readProofs(zfs, DATASET, count);
    expect({ asked: zfs.asked, proven: proofs.map(({ tag }) => tag) }).toEqual(expected);
  });

  test('everything where one has gone between two questions', async () => {
    const zfs = new FakeZfs(500, { t480: OK }, ['t450']);
    expect((await readProofs(zfs, DATASET, 500)).map(({ tag }) => tag)).toEqual(['t480']);
    expect(zfs.asked).toEqual([0, 100, 500]);
  });
});

describe('of many the dataset says where the proofs are that count', () => {
  const verdict = (kind: Verdict['verdict']): Verdict => ({
    verdict: kind,
    at: '2026-11-20T00:00:00.000Z',
    level: 'normal',
    reason: null,
  });
  const BAD = encodeURIComponent('damaged:2026-11-20T00:00:00.000Z:normal');
  const tagsRead = async (zfs: FakeZfs, count: number) => {
    zfs.asked.length = 0;
    return (await readProofs(zfs, DATASET, count)).map(({ tag }) => tag);
  };

  test('the newest that is proven, and what was found wrong since', async () => {
    const zfs = new FakeZfs(5000, {});
    await recordProof(zfs, zfs.snapshot('t3000'), verdict('ok'));
    expect(zfs.set.map((each) => each.split('=')[0])).toEqual([
      `${DATASET} bench:proofs`,
      `${DATASET}@t3000 bench:verified`,
    ]);
    expect(await tagsRead(zfs, 5000)).toEqual(['t3000']);
    expect(zfs.asked).toEqual([1]);
    for (const tag of ['t4000', 't3500', 't2000'])
      await recordProof(zfs, zfs.snapshot(tag), verdict('damaged'));
    expect(await tagsRead(zfs, 5000)).toEqual(['t4000', 't3500', 't3000']);
    expect(zfs.asked).toEqual([3]);
    await recordProof(zfs, zfs.snapshot('t3500'), verdict('ok'));
    expect(await tagsRead(zfs, 5000)).toEqual(['t4000', 't3500']);
  });

  test.each<[string, string, Record<string, string>, readonly string[]]>([
    ['is destroyed', 't4000', { t3000: OK }, ['t4000']],
    ['was killed before it had its verdict', 't4000', { t3000: OK }, []],
    ['is proven no more', 't4000', { t3000: OK, t4000: BAD }, []],
    ['nobody can have written', 'a%2Cb%0Ac', { t3000: OK }, []],
  ])('and where one of them %s, they are searched', async (_, said, verdicts, gone) => {
    const zfs = new FakeZfs(5000, verdicts, gone);
    zfs.said = said;
    const tags = await tagsRead(zfs, 5000);
    expect(tags.at(-1)).toBe('t3000');
  });

  test('of a few it says nothing', async () => {
    const zfs = new FakeZfs(100, {});
    await recordProof(zfs, zfs.snapshot('t5'), verdict('ok'));
    expect(zfs.set).toHaveLength(1);
    expect(await tagsRead(zfs, 100)).toEqual(['t5']);
  });
});
