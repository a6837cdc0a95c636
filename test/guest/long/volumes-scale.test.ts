import { beforeAll, expect, test } from 'vitest';
import { registryArgv } from '../../../src/registry/read.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const VOLUMES = 1000;
const LONG = { timeout: 7_200_000 };
const TURNS = 5;

interface Measured {
  /** The processes that were started, by name. */
  processes: string[];
  seconds: number;
}

type State = 'one' | 'many';

const LIST = 'bench volume list --json';
const ATTACH = 'bench volume attach first -b shop --path data/first --json';
const DETACH = 'bench volume detach first -b shop';
const BARE = `${registryArgv(['bench-pool'])
  .map((word) => `'${word}'`)
  .join(' ')} || true`;

/** With one volume, or with all of them: each have a place of their own, of which one has the name that counts. */
async function become(state: State): Promise<void> {
  await guest().sh(
    `zfs list bench-pool/_${state} > /dev/null 2>&1 || exit 0
    zfs rename bench-pool/_volumes bench-pool/_${state === 'one' ? 'many' : 'one'}
    zfs rename bench-pool/_${state} bench-pool/_volumes`,
    { timeoutMs: 280_000 },
  );
}

async function once(command: string, undo: string): Promise<Measured> {
  const { stdout } = await guest().sh(
    `begun=$(date +%s.%N); BENCH_DEBUG=1 ${command} 2>&1 > /root/printed
    echo "took $begun $(date +%s.%N)"; ${undo} > /dev/null 2>&1`,
    { timeoutMs: 280_000 },
  );
  const [, begun, ended] = /^took ([\d.]+) ([\d.]+)$/m.exec(stdout) ?? [];
  const processes = [...stdout.matchAll(/^\[\d+ ms\] (\S+ \S+)/gm)].map(([, started]) => started ?? '');
  return { processes: processes.sort(), seconds: Number(ended) - Number(begun) };
}

/** In turns; of each the quickest: what a machine is busy with besides only makes a run slower. */
async function compare(command: string, undo = 'true'): Promise<Record<State, Measured>> {
  const runs: Record<State, Measured[]> = { one: [], many: [] };
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const state of ['one', 'many'] as const) {
      await become(state);
      runs[state].push(await once(command, undo));
    }
  const least = (of: State) => runs[of].reduce((a, b) => (b.seconds < a.seconds ? b : a));
  return { one: least('one'), many: least('many') };
}

const told = ({ one, many }: Record<State, Measured>) =>
  `${one.seconds.toFixed(2)} s with one, ${many.seconds.toFixed(2)} s with ${VOLUMES}`;

beforeAll(async () => {
  await guest().sh(
    `bench new shop; bench init -b shop; bench volume create first 64M
    zfs rename bench-pool/_volumes bench-pool/_one; bench volume create first 64M`,
    { timeoutMs: 280_000 },
  );
  // As bench makes them: each with marks of its own, and some with labels.
  await guest().sh(
    `for i in $(seq 2 ${VOLUMES}); do zfs create -o canmount=noauto -o quota=64M -o bench:id=$(printf %012x $i) \
      -o bench:made=create -o bench:labels=%7B%22tier%22%3A%22gold%22%7D -o bench:volume=1 bench-pool/_volumes/v$i; done`,
    { timeoutMs: 3_000_000 },
  );
}, 3_600_000);

test(
  `${VOLUMES} volumes are listed by as many processes as one, for little more than ZFS itself takes`,
  LONG,
  async () => {
    const [list, zfs] = [await compare(LIST), await compare(BARE)];
    // Both grow with the number of volumes: what bench adds to what ZFS takes for each of them.
    const ratio = (list.many.seconds - list.one.seconds) / (zfs.many.seconds - zfs.one.seconds);
    console.log(`list: ${told(list)}; its zfs list: ${told(zfs)}; ${ratio.toFixed(2)} : 1 for what is more`);
    expect(list.many.processes).toEqual(list.one.processes);
    expect(ratio).toBeLessThanOrEqual(1.3);
  },
);

test('attaching one of them costs hardly more than attaching the only one', LONG, async () => {
  const attach = await compare(ATTACH, DETACH);
  const ratio = attach.many.seconds / attach.one.seconds;
  console.log(`attach: ${told(attach)}; ${ratio.toFixed(2)} : 1`);
  expect(attach.many.processes).toEqual(attach.one.processes);
  expect(ratio).toBeLessThanOrEqual(1.2);
});
