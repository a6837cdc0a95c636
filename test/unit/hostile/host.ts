import { expect } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { type Command, CommandError, type CommandResult, type Runner } from '../../../src/host/exec.js';
import type { Facts } from '../../../src/volume-manager/facts.js';
import { GIB } from '../../../src/volume-manager/sizing.js';
import { freshHost as plainHost } from '../volume-manager/fresh-host.js';

/** What every argument list has to be like, whoever has chosen the words in it. */
export function expectHarmless(argv: readonly string[]): void {
  for (const arg of argv) {
    expect(arg, JSON.stringify(argv)).not.toMatch(/[\p{Cc}]/u);
    expect(arg.split('/'), JSON.stringify(argv)).not.toContain('..');
  }
}

interface Snapshot {
  tag: string;
  quiesce?: string;
  note?: string;
}

/**
 * A host on which one dataset is the bench's, with snapshots, and MariaDB is stopped. It throws on whatever it does not
 * know, and records every argument list.
 */
export class RecordingHost implements Runner {
  readonly commands: (readonly string[])[] = [];

  constructor(
    private readonly dataset: string,
    private readonly bench: string,
    private readonly snapshots: Snapshot[] = [],
    /** What `zfs list` prints of the snapshots in place of what they are. */
    private readonly printed?: string,
  ) {}

  async run(command: Command): Promise<CommandResult> {
    const { argv } = command;
    this.commands.push(argv);
    expectHarmless(argv);
    const result = { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
    const last = argv.at(-1) ?? '';
    switch (argv.slice(0, 2).join(' ')) {
      case 'zfs list': {
        const stdout = argv.includes('snapshot') ? this.snapshotRows(last) : this.datasetRow(last);
        if (stdout !== undefined) return { ...result, stdout };
        const stderr = `cannot open '${last}': dataset does not exist\n`;
        const missing = { ...result, stderr, exitCode: 1 };
        if (command.okExitCodes?.includes(1)) return missing;
        throw new CommandError(missing, 'failed');
      }
      case 'zfs snapshot':
        this.snapshots.unshift({ tag: last.slice(last.indexOf('@') + 1), quiesce: 'stopped' });
        return result;
      case 'zfs destroy':
        return { ...result, stdout: 'reclaim\t4096\n' };
      case 'zfs set':
        return result;
      case 'zfs get':
        return { ...result, stdout: '0\n' };
      case 'zpool list':
        return { ...result, stdout: '' };
      case 'systemctl show':
        return { ...result, stdout: 'ActiveState=inactive\nSubState=dead\n' };
      default:
        throw new Error(`unknown command: ${JSON.stringify(argv)}`);
    }
  }

  private datasetRow(name: string): string | undefined {
    if (name !== this.dataset) return undefined;
    const sizes = [GIB, 50 * GIB, 90 * GIB, GIB].join('\t');
    return `${name}\t${sizes}\tyes\t/${name}\t${this.bench}\ton\t-\t-\t1700000000${'\t-'.repeat(9)}\n`;
  }

  private snapshotRows(name: string): string | undefined {
    if (name !== this.dataset) {
      const found = this.snapshots.find(({ tag }) => `${this.dataset}@${tag}` === name);
      return found === undefined ? undefined : this.row(found);
    }
    return this.printed ?? this.snapshots.map((snapshot) => this.row(snapshot)).join('');
  }

  private row({ tag, quiesce = '-', note = '-' }: Snapshot): string {
    return `${this.dataset}@${tag}\t1700000000\t0\t4096\t0\t0\t-\t42\t${quiesce}\t${note}${'\t-'.repeat(5)}\n`;
  }
}

/** A host with MariaDB and ZFS and one free disk, whatever this bench.toml calls it. */
export function freshHost(config: BenchConfig): Facts {
  return {
    ...plainHost(config),
    devicePath: '/dev/sdb',
    rootFreeBytes: 400 * GIB,
    imageFreeBytes: 400 * GIB,
    activeUnits: config.maintenance.units,
  };
}
