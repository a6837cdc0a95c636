import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { isRunning } from '../host/systemd.js';
import type { Facts } from './facts.js';

/** What two benches of a host cannot share; the key of bench.toml to change. */
const EXCLUSIVE = [
  { key: 'mariadb.port', of: ({ mariadb }: BenchConfig) => mariadb.port },
  { key: 'mariadb.instance', of: ({ mariadb }: BenchConfig) => mariadb.instance },
  { key: 'mariadb.data_dir', of: ({ mariadb }: BenchConfig) => mariadb.dataDir },
  { key: 'mariadb.socket_path', of: ({ mariadb }: BenchConfig) => mariadb.socketPath },
] as const;

/**
 * Before anything is changed: what this bench wants for itself is neither another bench's, running or not, nor some
 * other program's. What it has already is not asked about again. Pure.
 * @throws RefusedError `bench-clash` or `port-in-use`
 */
export function refuseClashes(config: BenchConfig, facts: Facts): void {
  const had = facts.record?.mariadb;
  for (const { key, of } of EXCLUSIVE) {
    if (had !== undefined && of({ ...config, mariadb: had }) === of(config)) continue;
    const other = facts.others.find((bench) => of(bench) === of(config));
    if (other === undefined) continue;
    throw new RefusedError(
      'bench-clash',
      `${key} = ${of(config)} belongs to the bench '${other.name}' already. Nothing was changed.`,
      { suggestions: ['bench list', `Set another ${key} in ${config.file}.`] },
    );
  }
  refusePortInUse(config, facts);
}

function refusePortInUse(config: BenchConfig, facts: Facts): void {
  const { port } = config.mariadb;
  if (isRunning(facts.unit)) return;
  if (!facts.listening.has(port)) return;
  throw new RefusedError(
    'port-in-use',
    `Port ${port} (mariadb.port) is in use by another program. Nothing was changed.`,
    {
      suggestions: [`ss -ltnp sport = :${port}`, `Set another mariadb.port in ${config.file}.`],
    },
  );
}
