import { fileURLToPath } from 'node:url';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import { letIn, startEtcd } from '../test/guest/fleet-support.js';
import { figure, table } from './figures.js';
import type { Part } from './report.js';

/** What the issue of many hosts asks: shares of other tools' time, seconds, MiB. */
const LIMITS = { ansible: 0.25, clush: 1.3, seconds: 1.5, mib: 300, databaseMb: 500, processes: 5 };
const PARALLEL = 32;

interface Timed {
  seconds: number;
  exitCode: number;
  mib: number;
}

/**
 * Many hosts in one guest: loopback addresses of one sshd, each with a bench that answers with what a real host has told,
 * multiplied to 200 benches and 1,000 volumes.
 */
export async function manyHosts({ hosts, runs }: { hosts: number; runs: number }): Promise<Part> {
  const guest = await startGuest({ image: 'bench', memoryMiB: 3072 });
  try {
    return await measure(guest, hosts, runs);
  } finally {
    await guest.stop();
  }
}

async function measure(guest: Guest, hosts: number, runs: number): Promise<Part> {
  for (const name of ['stand-ins.mjs', 'machine.sh'])
    await guest.push(fileURLToPath(new URL(`fleet/${name}`, import.meta.url)), `/root/${name}`);
  await startEtcd(guest, { web1: guest });
  await letIn(guest, 'web1');
  await guest.sh(
    `bash /root/machine.sh ${hosts} > /root/machine.log 2>&1 || { tail -n 40 /root/machine.log; exit 1; }`,
    {
      timeoutMs: 590_000,
    },
  );
  const timed = async (argv: string): Promise<Timed> => {
    const { stdout } = await guest.sh(`cd /root && python3 /root/timed.py ${argv}`, { timeoutMs: 590_000 });
    const found = JSON.parse(stdout) as Timed;
    if (found.exitCode !== 0)
      throw new Error(
        `${argv} ended with ${found.exitCode}: ${(await guest.sh("tail -n 20 /root/err /root/out; grep -A2 'UNREACHABLE\\|FAILED' /root/out || true")).stdout}`,
      );
    return found;
  };
  const quickest = async (argv: string): Promise<Timed> => {
    const all: Timed[] = [];
    for (let run = 0; run < runs; run += 1) all.push(await timed(argv));
    return all.reduce((least, each) => (each.seconds < least.seconds ? each : least));
  };
  const rebuilt = await timed(
    `bench fleet rebuild ${Array.from({ length: hosts }, (_, index) => nameOf(index)).join(' ')}`,
  );
  const hostsRange = `h[001-${String(hosts).padStart(3, '0')}]`;
  // Each tool keeps its connections, so the first run of each is not the one that counts.
  const exec = await quickest(`bench fleet exec --limit 'h*' --parallel ${PARALLEL} -- bench --version`);
  const clush = await quickest(
    `clush -f ${PARALLEL} -b -o '-o ControlMaster=auto -o ControlPersist=60 -o ControlPath=/run/clush-%%C' -w '${hostsRange}' bench --version`,
  );
  const ansible = await quickest(`ansible all -f ${PARALLEL} -m command -a 'bench --version'`);
  const gold = await quickest(`bench fleet volumes --search tier=gold --json`);
  const found = await guest.sh(`grep -c '"seenAt"' /root/out`);
  const one = await quickest(`bench fleet volumes --search scans-7- --json`);
  const bytes = Number(
    (await guest.sh(`bench fleet setup --dry-run --json | sed -n 's/.*"etcdBytes": \\([0-9]*\\).*/\\1/p'`))
      .stdout,
  );
  const publish = await guest.sh(`BENCH_DEBUG=1 bench fleet publish 2>&1 | grep -c '^\\[[0-9]* ms\\]'`);
  const processes = Number(publish.stdout) + 1;
  const share = { ansible: exec.seconds / ansible.seconds, clush: exec.seconds / clush.seconds };
  const rows = hosts * 1000;
  const failures = [
    share.ansible > LIMITS.ansible && `exec takes ${figure(share.ansible)} of ansible's time`,
    share.clush > LIMITS.clush && `exec takes ${figure(share.clush)} of clush's time`,
    gold.seconds > LIMITS.seconds && `a search in ${rows} volumes takes ${figure(gold.seconds)} s`,
    gold.mib > LIMITS.mib && `a search in ${rows} volumes takes ${figure(gold.mib)} MiB`,
    bytes / 1e6 > LIMITS.databaseMb && `etcd's database has ${figure(bytes / 1e6)} MB`,
    processes > LIMITS.processes && `publishing starts ${processes} processes each five minutes`,
  ].filter((each) => each !== false);
  return {
    name: 'many hosts',
    failures,
    text: [
      `${hosts} hosts with 200 benches and 1,000 volumes each: loopback addresses of one sshd in a guest of one processor, with a stand-in`,
      `for bench that answers with what a real host has told, multiplied. ${PARALLEL} at once, the quickest of ${runs} runs, connections kept.`,
      '',
      table(
        ['a command on all hosts', 'seconds', "bench's share of it"],
        [
          ['`bench fleet exec`', exec.seconds, '1'],
          ['`clush -b`', clush.seconds, share.clush],
          ['`ansible -m command`, pipelining', ansible.seconds, share.ansible],
        ],
      ),
      '',
      table(
        [`over ${figure(rows)} volumes`, 'seconds', 'MiB'],
        [
          [
            `\`bench fleet volumes --search tier=gold\`: ${found.stdout.trim()} found`,
            gold.seconds,
            gold.mib,
          ],
          ['`bench fleet volumes --search scans-7-`', one.seconds, one.mib],
          [`\`bench fleet rebuild\`, all ${hosts} hosts by ssh`, rebuilt.seconds, rebuilt.mib],
        ],
      ),
      '',
      `etcd's database has ${figure(bytes / 1e6)} MB then. A run of the timer, each five minutes, starts ${processes} processes, bench itself among them.`,
    ].join('\n'),
  };
}

function nameOf(index: number): string {
  return `h${String(index + 1).padStart(3, '0')}`;
}
