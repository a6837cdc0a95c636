import { startGuest } from '../guest/start.js';
import { details, table } from './figures.js';
import type { Part } from './report.js';
import { compareBytes } from './speed/bytes.js';
import { type Comparison, ratio, rawRow, row } from './speed/comparison.js';
import { compareInit } from './speed/init.js';
import { compareRestore } from './speed/restore.js';
import { compareSnapshots, type SnapshotSpeed, snapshotFindings, snapshotReport } from './speed/snapshot.js';

export interface SpeedOptions {
  /** Of init and restore, and of the bytes for each transaction. */
  runs: number;
  snapshotRuns: number;
  /** In each run that counts bytes. */
  transactions: number;
}

/** bench beside the bare commands, in one machine and in turns; its part of the report. */
export async function speed(options: SpeedOptions): Promise<Part> {
  const disks = [{ size: '20G' }, { size: '20G' }];
  const guest = await startGuest({ image: 'product', disks, label: 'speed' });
  try {
    const told = <T>(part: T): T => {
      console.log(JSON.stringify(part));
      return part;
    };
    const init = told(await compareInit(guest, options.runs));
    const snapshots = told(await compareSnapshots(guest, options.snapshotRuns));
    const restore = told(await compareRestore(guest, options.runs));
    const bytes = told(await compareBytes(guest, options.runs, options.transactions));
    return report([init, restore], snapshots, bytes, options);
  } finally {
    await guest.stop();
  }
}

function report(
  commands: readonly Comparison[],
  snapshots: SnapshotSpeed,
  bytes: readonly Comparison[],
  { runs, snapshotRuns, transactions }: SpeedOptions,
): Part {
  const failures = [
    ...snapshotFindings(snapshots),
    ...bytes
      .filter((each) => each.most !== undefined && !(ratio(each) <= each.most))
      .map(
        (each) => `${each.what}: bench's settings write more than ${each.most} times what the defaults write`,
      ),
  ];
  const text = `All of it in one emulated machine, in turns, so only the ratios mean something elsewhere. Medians of ${runs} runs, of the
snapshots ${snapshotRuns}.

**A snapshot, and how long writers wait for it**

${snapshotReport(snapshots)}

**Provisioning and restoring**

${table(['', 'bench', 'bare commands', 'bench : bare'], commands.map(row))}

The bare script of init has the same pool, dataset, mounts, instance and directories in the end. bench besides inspects
every disk and refuses what it is not sure of, records the host, writes sentinels, guards against a missing pool and a
unit for upgrades of the system tables, checks fstab before and after, and flushes what it has made; and Node starts. The
bare restore stops, unmounts, rolls back, mounts, starts and waits for an answer. bench besides finds out what will be
lost and who has files open, keeps a journal by which it can be taken up again, turns maintenance mode on and back,
looks for each sentinel and unit, puts back quota and settings, and reads MariaDB's log for corruption.

**Bytes that reach the disk for each committed transaction**

${table(['', "bench's settings", 'defaults', 'bench : defaults'], bytes.map(row))}

Counted by the kernel (sectors written in \`/sys/block/…/stat\`), from one \`zpool sync\` to another, after the server has written
all its changed pages to their places: ${transactions.toLocaleString('en-US')} transactions of 4 connections in each run. The defaults are those of ZFS
(\`recordsize=128K\`) and of MariaDB (\`innodb_doublewrite=ON\`), on a disk of the same size in the same machine; only
\`ashift=12\` is the same on both, because disks have sectors of 4 KB and the emulated one does not say so.

With \`direct=disabled\`, which bench sets, each \`fsync\` of MariaDB has the changed pages copied into ZFS's intent log, and
written in their place later; and MariaDB writes each of them twice, because ZFS may replay half of such a copy after a
power cut. With direct I/O, which OpenZFS 2.3 has by default, they go to their place at once, and are not kept in the ARC,
which a MariaDB with a small buffer pool lives on: docs/decisions/bytes.md, docs/decisions/torn-pages.md.

${details('Each run', table(['', 'bench', 'compared with'], [...commands, ...bytes].map(rawRow)))}`;
  return { name: 'speed', failures, text };
}
