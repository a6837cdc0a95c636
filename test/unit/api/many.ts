import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, CommandResult, Runner } from '../../../src/host/exec.js';

export interface Host {
  benches: number;
  /** Data volumes, beside those of the benches. */
  volumes: number;
}

const GIB = 1024 ** 3;

/** Directories with the bench.toml of each bench. */
export function makeBenches(root: string, { benches }: Host): void {
  for (let index = 0; index < benches; index++) {
    const name = nameOf(index);
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(
      join(root, name, 'bench.toml'),
      `[bench]\nname = "${name}"\n\n[mariadb]\nport = ${3307 + index}\n`,
    );
  }
}

/**
 * What zfs and zpool would print on a host with so many benches and volumes: a row for each dataset, with the columns that
 * are asked for.
 */
export function printed(argv: readonly string[], host: Host): string {
  const [program, verb] = argv;
  if (program === 'systemctl') return '';
  if (verb === 'status') return '';
  const columns = (argv[argv.indexOf('-o') + 1] ?? '').split(',');
  const line = (values: Record<string, string>) => columns.map((column) => values[column] ?? '-').join('\t');
  if (program === 'zpool') return `${line(POOL)}\n`;
  const line0 = argv.includes('-r') || argv.includes('-d') ? [line({ ...DATASET, name: 'bench-pool' })] : [];
  const benches = Array.from({ length: host.benches }, (_, index) =>
    line({
      ...DATASET,
      name: `bench-pool/${nameOf(index)}`,
      mountpoint: `/bench-pool/${nameOf(index)}`,
      guid: String(1000 + index),
      'bench:name': nameOf(index),
    }),
  );
  const volumes = Array.from({ length: host.volumes }, (_, index) =>
    line({
      ...DATASET,
      name: `bench-pool/_volumes/v${index}`,
      mountpoint: `/bench-pool/_volumes/v${index}`,
      guid: String(100_000 + index),
      'bench:volume': '1',
      'bench:id': index.toString(16).padStart(16, '0'),
      'bench:description': `files%20${index}`,
    }),
  );
  return `${[...line0, ...benches, ...volumes].join('\n')}\n`;
}

export class ManyBenches implements Runner {
  readonly commands: Command[] = [];

  constructor(private readonly host: Host) {}

  async run(command: Command): Promise<CommandResult> {
    this.commands.push(command);
    return {
      argv: command.argv,
      stdout: printed(command.argv, this.host),
      stderr: '',
      exitCode: 0,
      durationMs: 0,
    };
  }
}

function nameOf(index: number): string {
  return `b${String(index).padStart(3, '0')}`;
}

const POOL = {
  name: 'bench-pool',
  health: 'ONLINE',
  size: String(1000 * GIB),
  allocated: String(500 * GIB),
  free: String(500 * GIB),
  guid: '1',
};

const DATASET = {
  type: 'filesystem',
  used: String(GIB),
  available: String(9 * GIB),
  referenced: String(GIB),
  quota: String(10 * GIB),
  reservation: String(GIB),
  refreservation: '0',
  mounted: 'yes',
  canmount: 'on',
  keystatus: '-',
  creation: '1748440800',
};
