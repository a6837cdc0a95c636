import { describe, expect, test } from 'vitest';
import { type Command, CommandError, type CommandResult, type Runner } from '../../../src/host/exec.js';
import type { Status } from '../../../src/status/report.js';
import { watchedSnapshots } from '../../../src/status/watched-snapshots.js';

const DATASET = 'bench-pool/shop';

/** A dataset's snapshots, answering as `zfs list` does: in the order of creation, newest first. */
class FakeZfs implements Runner {
  readonly asked: string[] = [];
  constructor(public tags: { tag: string; createdAt: number; used: number }[]) {}

  async run({ argv }: Command): Promise<CommandResult> {
    const line = argv.join(' ');
    const names = argv.filter((word) => word.startsWith(`${DATASET}@`));
    this.asked.push(
      line.includes('-o name -s name') ? 'names' : names.length > 0 ? `${names.length}` : 'all',
    );
    const named = new Set(names);
    const wanted = this.tags
      .filter(({ tag }) => names.length === 0 || named.has(`${DATASET}@${tag}`))
      .toReversed();
    const there = new Set(this.tags.map(({ tag }) => `${DATASET}@${tag}`));
    const missing = names.find((name) => !there.has(name));
    const row = ({ tag, createdAt, used }: (typeof this.tags)[number]) =>
      line.includes('-o name -s name')
        ? `${DATASET}@${tag}`
        : [
            `${DATASET}@${tag}`,
            createdAt,
            used,
            3_000_000,
            100,
            0,
            '-',
            createdAt,
            'stopped',
            ...'------',
          ].join('\t');
    const result = {
      argv,
      stdout: `${wanted.map(row).join('\n')}\n`,
      stderr: '',
      exitCode: 0,
      durationMs: 0,
    };
    if (missing === undefined) return result;
    const stderr = `cannot open '${missing}': dataset does not exist\n`;
    throw new CommandError({ ...result, stderr, exitCode: 1 }, 'failed with exit code 1');
  }

  get status(): Status {
    const newest = this.tags.at(-1);
    return {
      dataset: { name: DATASET, mounted: false, mountpoint: '/nowhere' },
      snapshots: {
        count: this.tags.length,
        latest: newest === undefined ? null : { tag: newest.tag, createdAt: '' },
      },
    } as unknown as Status;
  }
}

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    tag: `t${index}`,
    createdAt: 1_700_000_000 + index,
    used: 0,
  }));

describe('the snapshots of a bench that is watched', () => {
  test('are listed once, and from then on only the newest are looked into', async () => {
    const zfs = new FakeZfs(many(2000));
    const look = watchedSnapshots(zfs);
    await look(zfs.status);
    for (let index = 0; index < 20; index += 1) await look(zfs.status);
    expect(zfs.asked.filter((asked) => asked === 'all')).toHaveLength(1);
    expect(new Set(zfs.asked.slice(1))).toEqual(new Set(['names', '50']));
  });

  test('show what has come, gone and changed', async () => {
    const zfs = new FakeZfs(many(200));
    const look = watchedSnapshots(zfs);
    expect((await look(zfs.status))[0]).toMatchObject({ tag: 't199', usedBytes: 0 });
    zfs.tags = [
      ...zfs.tags
        .filter(({ tag }) => tag !== 't0' && tag !== 't198')
        .map((each) => (each.tag === 't199' ? { ...each, used: 4096 } : each)),
      { tag: 'newer', createdAt: 1_800_000_000, used: 0 },
    ];
    const seen = await look(zfs.status);
    expect(seen.map(({ tag }) => tag)).toEqual(zfs.tags.map(({ tag }) => tag).toReversed());
    expect(seen[1]).toMatchObject({ tag: 't199', usedBytes: 4096 });
    expect(zfs.asked).toEqual(['all', 'names', '51']);
  });

  test('are listed again where many have come, or one goes in between', async () => {
    const zfs = new FakeZfs(many(10));
    const look = watchedSnapshots(zfs);
    await look(zfs.status);
    zfs.tags = many(300);
    expect(await look(zfs.status)).toHaveLength(300);
    // The list of names is older than what is asked next.
    const { run } = zfs;
    zfs.run = async (command) => {
      const answer = await run.call(zfs, command);
      if (command.argv.includes('name')) zfs.tags = many(299);
      return answer;
    };
    expect(await look(zfs.status)).toHaveLength(299);
    expect(zfs.asked).toEqual(['all', 'names', 'all', 'names', '50', 'all']);
  });

  test('are seen when one was made again under its name', async () => {
    const zfs = new FakeZfs(many(200));
    const look = watchedSnapshots(zfs);
    await look(zfs.status);
    zfs.tags = [...zfs.tags.slice(1), { tag: 't0', createdAt: 1_800_000_000, used: 0 }];
    expect((await look(zfs.status))[0]).toMatchObject({ tag: 't0', createdAt: new Date(1_800_000_000_000) });
  });

  test('are none where there are none', async () => {
    const zfs = new FakeZfs([]);
    expect(await watchedSnapshots(zfs)(zfs.status)).toEqual([]);
    expect(zfs.asked).toEqual([]);
  });
});
