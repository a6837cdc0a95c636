import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command, Runner } from '../../../src/host/exec.js';
import type { Asked, Fleet } from '../../../src/ownership/ownership.js';
import type { Look } from '../../../src/replicate/answers.js';

const PATHS = '../../../src/host/paths.js';
const ASK = '../../../src/ownership/ask.js';
let directory: string;
/** What etcd does; undefined for a host that is in no fleet. */
let fleet: { rule: 'always' | 'answered'; get: () => Promise<undefined> } | undefined;
let guard: typeof import('../../../src/replicate/guard.js');
let etcd: typeof import('../../../src/etcd/failures.js');

beforeAll(async () => {
  vi.resetModules();
  vi.doMock(PATHS, async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    stateDir: (bench: string) => join(directory, bench),
  }));
  vi.doMock(ASK, () => ({
    askFleet: async <T>(work: (fleet: Fleet) => Promise<T>): Promise<Asked<T>> => {
      if (fleet === undefined) return { state: 'none' };
      const { rule, get } = fleet;
      const client = { get, transact: async () => true };
      const config = { name: 'web1', prefix: '/bench/', start: rule };
      return { state: 'answered', rule, value: await work({ client, config } as unknown as Fleet) };
    },
  }));
  guard = await import('../../../src/replicate/guard.js');
  etcd = await import('../../../src/etcd/failures.js');
}, 60_000);
afterAll(() => {
  vi.doUnmock(PATHS);
  vi.doUnmock(ASK);
  vi.resetModules();
});

const noted = () => join(directory, 'shop/superseded.json');
beforeEach(async () => {
  fleet = undefined;
  directory = await mkdtemp(join(tmpdir(), 'bench-guard-'));
  await mkdir(join(directory, 'shop'));
  const record = {
    ...{ version: 1, bench: 'shop', pool: { name: 'tank', guid: '1' }, dataset: 'tank/shop' },
    ...{ mountpoint: '/tank/shop', backing: { kind: 'image', path: '/x' }, binds: [], units: [] },
    mariadb: { instance: 'shop', unit: 'mariadb@shop.service', socketPath: '/s', dataDir: '/d', port: 3307 },
  };
  await writeFile(join(directory, 'shop/host.json'), JSON.stringify(record));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

const NOTHING: Look = {
  ...{ protocol: 1, time: '', live: null, target: 'tank/_copies', epoch: null, another: null, members: [] },
};

/** A host with a dataset of this epoch and lineage, and another one that says this. */
class Hosts implements Runner {
  readonly argv: (readonly string[])[] = [];
  constructor(
    private readonly there: Partial<Look>,
    private readonly marks: Record<string, string> | null = {},
  ) {}
  async run({ argv }: Command) {
    this.argv.push(argv);
    const done = { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
    if (argv[0] === 'ssh') return { ...done, stdout: JSON.stringify({ ...NOTHING, ...this.there }) };
    if (argv[1] !== 'list') return done;
    const { CommandError } = await import('../../../src/host/exec.js');
    const stderr = "cannot open 'tank/shop': dataset does not exist\n";
    if (this.marks === null) throw new CommandError({ ...done, stderr, exitCode: 1 }, 'failed');
    return { ...done, stdout: `tank/shop\t${this.marks[argv[5]?.split(',')[1] ?? ''] ?? '-'}\n` };
  }
}

describe('what is asked before a start', () => {
  const another = { from: 'web3', lineage: null };

  it('hears of a bench that has gone on from the other host to a third one', async () => {
    const result = await guard.guardStart('shop', 'backup1', new Hosts({ epoch: 3, another }));
    expect(result).toMatchObject({ epochThere: 3, mayStart: false, because: 'peer-higher' });
    expect(JSON.parse(await readFile(noted(), 'utf8'))).toMatchObject({ epoch: 3, by: 'backup1' });
  });

  it('is not kept from a start by the copy of another bench of that name', async () => {
    const there = { epoch: 3, another: { from: 'web3', lineage: 'b'.repeat(16) } };
    const own = { 'bench:lineage': 'a'.repeat(16) };
    const result = await guard.guardStart('shop', 'backup1', new Hosts(there, own));
    expect(result).toMatchObject({ epochThere: null, mayStart: true });
    const same = { epoch: 3, another: { from: 'web3', lineage: 'a'.repeat(16) } };
    expect(await guard.guardStart('shop', 'backup1', new Hosts(same, own))).toMatchObject({
      mayStart: false,
    });
  });

  it('does not take the epoch of a dataset that is away for the first one, nor writes to it', async () => {
    fleet = { rule: 'always', get: async () => undefined };
    const hosts = new Hosts({ epoch: 2 }, null);
    expect(await guard.guardStart('shop', 'backup1', hosts)).toMatchObject({
      ...{ epoch: null, epochThere: 2, mayStart: true, because: 'right' },
    });
    expect(existsSync(noted())).toBe(false);
    expect(hosts.argv.filter((argv) => argv[1] === 'set')).toEqual([]);
  });

  it('hears the other host where etcd answers with a failure', async () => {
    const get = async () => {
      throw new etcd.EtcdFailure(13, 'no space');
    };
    fleet = { rule: 'always', get };
    const result = await guard.guardStart('shop', 'backup1', new Hosts({ epoch: 2 }));
    expect(result).toMatchObject({ fleet: 'silent', mayStart: false, because: 'peer-higher' });
    expect(existsSync(noted())).toBe(true);
  });

  it('starts over a failure of etcd, where the other host has nothing higher, and says so', async () => {
    const get = async () => {
      throw new etcd.EtcdFailure(13, 'no space');
    };
    fleet = { rule: 'always', get };
    expect(await guard.guardStart('shop', 'backup1', new Hosts({ epoch: 1 }))).toMatchObject({
      ...{ fleet: 'silent', mayStart: true, because: 'right', unknown: 'etcd says: no space' },
    });
    fleet = { rule: 'answered', get };
    vi.useFakeTimers({ toFake: ['performance'] });
    let asked = 0;
    fleet.get = () => {
      asked += 1;
      vi.advanceTimersByTime(60_000);
      return get();
    };
    expect(await guard.guardStart('shop', 'backup1', new Hosts({ epoch: 1 }))).toMatchObject({
      ...{ fleet: 'silent', mayStart: false, because: 'unanswered', unknown: 'etcd says: no space' },
    });
    expect(asked).toBe(1);
    expect(existsSync(noted())).toBe(false);
  });
});
