/**
 * `npx tsx prove/speed/torn-pages.ts`: whether a power cut leaves a page of 16 KB half written, with each way in which a
 * dataset can write them. A program writes 128 pages and flushes them, again and again, as InnoDB does with pages that
 * have changed; the power is cut, and after the boot, when ZFS has replayed its intent log, each page is to hold what
 * one write has put there. docs/decisions/bytes.md holds what it has found.
 *
 *     --cuts N        of each way; 6 unless told
 *     --only REGEX    some of the ways
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Guest } from '../../guest/guest.js';
import { startGuest } from '../../guest/start.js';
import { table } from '../figures.js';

const { values: flags } = parseArgs({
  options: { cuts: { type: 'string', default: '6' }, only: { type: 'string', default: '' } },
});

interface Way {
  name: string;
  direct: string;
  logbias: string;
  /** Of the module, in bytes: a write of so many goes to its place, and the intent log only says where that is. */
  immediateBytes: number;
}

const BEFORE: Way = {
  name: 'latency, direct=disabled',
  direct: 'disabled',
  logbias: 'latency',
  immediateBytes: 32_768,
};
const WAYS: readonly Way[] = [
  BEFORE,
  { ...BEFORE, name: 'direct=always, written with O_DIRECT', direct: 'always' },
  { ...BEFORE, name: 'zfs_immediate_write_sz=16384', immediateBytes: 16_384 },
  { ...BEFORE, name: 'logbias=throughput', logbias: 'throughput' },
];

const FILE = '/study-pool/data/pages';
const PAGES = 128;

/** In the guest: `node writer.cjs FIRST DIRECT`; each page is filled with the number of its round. */
const WRITER = `const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const PAGE = 16384, PAGES = ${PAGES}, O_DIRECT = 0o40000;
const memory = new Uint8Array(PAGE * (PAGES + 1));
const file = fs.openSync('${FILE}', fs.constants.O_RDWR | O_DIRECT);
// Only what begins where a page of the processor does is written directly, as InnoDB's pages are. Node does not tell where
// its memory is; ZFS refuses the rest while it is told to.
const direct = (value) => execFileSync('zfs', ['set', 'direct=' + value, 'study-pool/data']);
let at = 0;
direct('standard');
for (; at < PAGE; at += 16) try { fs.writeSync(file, memory, at, PAGE, 0); break; } catch {}
direct(process.argv[3]);
const pages = Buffer.from(memory.buffer, at, PAGE * PAGES), stamp = Buffer.alloc(4);
for (let round = Number(process.argv[2]); ; round++) {
  stamp.writeUInt32LE(round);
  pages.fill(stamp);
  for (let page = 0; page < PAGES; page++) fs.writeSync(file, pages, page * PAGE, PAGE, page * PAGE);
  fs.fsyncSync(file);
}`;

/** Prints how many pages hold more than one round, and of how many rounds there are pages. */
const CHECK = `const fs = require('node:fs');
const PAGE = 16384, content = fs.readFileSync('${FILE}'), rounds = new Set();
let torn = 0;
for (let at = 0; at < content.length; at += PAGE) {
  const inPage = new Set();
  for (let word = at; word < at + PAGE; word += 4) inPage.add(content.readUInt32LE(word));
  for (const round of inPage) rounds.add(round);
  if (inPage.size > 1) torn++;
}
console.log(JSON.stringify({ torn, rounds: rounds.size }));`;

async function prepare(guest: Guest, { direct, logbias, immediateBytes }: Way): Promise<void> {
  await guest.write('/root/writer.cjs', WRITER);
  await guest.write('/root/check.cjs', CHECK);
  await guest.sh(`if zpool list study-pool > /dev/null 2>&1; then zpool destroy study-pool; fi
    wipefs -aq /dev/vdb1 /dev/vdb9 /dev/vdb 2> /dev/null || true
    echo options zfs zfs_immediate_write_sz=${immediateBytes} > /etc/modprobe.d/study.conf
    echo ${immediateBytes} > /sys/module/zfs/parameters/zfs_immediate_write_sz
    zpool create -o ashift=12 study-pool /dev/vdb
    zfs create -o recordsize=16K -o compression=lz4 -o direct=${direct} -o logbias=${logbias} study-pool/data
    head -c ${PAGES * 16_384} /dev/zero > ${FILE}; zpool sync; sync`);
}

/** A file is whole after a cut between two rounds; pages of two rounds show that it came in the middle of one. */
interface Cut {
  torn: number;
  rounds: number;
}

async function cutOnce(guest: Guest, { direct }: Way, number: number): Promise<Cut> {
  await guest.sh(
    `nohup node /root/writer.cjs ${number * 1_000_000} ${direct} > /dev/null 2>&1 < /dev/null & sleep 1`,
  );
  await sleep(1000 + Math.random() * 2000);
  await guest.powerCut();
  await guest.powerOn();
  return JSON.parse((await guest.sh(`zfs mount | grep -q study-pool/data; node /root/check.cjs`)).stdout);
}

const guest = await startGuest({ image: 'base', disks: [{ size: '20G' }], label: 'torn-pages' });
try {
  const lines: string[][] = [];
  for (const way of WAYS.filter(({ name }) => new RegExp(flags.only).test(name))) {
    await prepare(guest, way);
    const cuts: Cut[] = [];
    for (let number = 1; number <= Number(flags.cuts); number += 1) {
      cuts.push(await cutOnce(guest, way, number));
      console.log(`${way.name}: ${JSON.stringify(cuts.at(-1))}`);
    }
    const counts = [
      cuts.length,
      cuts.filter(({ rounds }) => rounds > 1).length,
      cuts.filter(({ torn }) => torn > 0).length,
    ];
    lines.push([way.name, ...counts.map(String)]);
  }
  console.log(table(['', 'cuts', 'in the middle of a round', 'with a torn page'], lines));
} finally {
  await guest.stop();
}
