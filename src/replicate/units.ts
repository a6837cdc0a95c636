import { supersededPath, UNIT_DIRECTORY } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { unitName } from '../mariadb/mariadb.js';
import { HOST_READ_ONLY, type Job, type JobUnits, jobUnits, quoteWord } from '../timers/timers.js';
import { DIRECTORY } from './names.js';
import type { Replicated } from './replicated.js';

const JOB = 'replicate';

/** The units of the runs of replication. */
export function replicateUnits(bench: string): JobUnits {
  return jobUnits({ name: JOB, config: { name: bench } });
}

/** What asks the other host before a start. */
export function guardUnit(bench: string): string {
  return `bench-replicate-guard-${bench}.service`;
}

/** Root, because of ZFS; it sees the host read-only but for bench's own records, and of secrets only its own key. */
const OWN = [
  ...HOST_READ_ONLY,
  `ReadOnlyPaths=-${DIRECTORY}`,
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
] as const;

/** Copies that go by themselves. */
export function replicateJob(config: BenchConfig): Job {
  const { name, replicate } = config;
  return {
    config,
    name: JOB,
    table: 'replicate',
    key: 'schedule',
    when: replicate?.schedule,
    timerDescription: `Copies of bench ${name} to another host by themselves`,
    serviceDescription: `Copy of bench ${name} to another host`,
    argv: ['replicate', 'run', '-b', name],
    timeout: '7d',
    confinement: OWN,
  };
}

/** Everything that must not start while another host runs the bench. */
export function guardedUnits({
  mariadb,
  maintenance,
}: Pick<BenchConfig, 'mariadb' | 'maintenance'>): string[] {
  return [unitName(mariadb.instance), ...maintenance.units];
}

export function dropInPath(unit: string): string {
  return `${UNIT_DIRECTORY}/${unit}.d/60-bench-replicate.conf`;
}

/**
 * Asked before each start, when what it orders itself behind has ended (systemd.unit(5), "Conditions and Asserts").
 * @param rule `answered`: what asks the fleet has to be well, too
 */
export function dropInText(bench: string, rule: 'always' | 'answered' = 'always'): string {
  const guard = guardUnit(bench);
  return `# Written by bench: ${bench} has a copy on another host, which may have taken it up.
[Unit]
${rule === 'always' ? 'Wants' : 'Requires'}=${guard}
After=${guard}
AssertPathExists=!${supersededPath(bench)}
`;
}

/**
 * Asks the other host before the bench starts. One that does not answer within seconds keeps nothing from starting: else
 * the end of one host would be the end of both.
 */
export function guardText(
  { name, replicate }: Replicated,
  { program, benchesRoot }: { program: string; benchesRoot: string },
): string {
  return `# Written by bench init from [replicate] of bench.toml, which it follows.
[Unit]
Description=Whether another host has taken up bench ${name}
Documentation=man:bench(1)
Wants=network-online.target
After=network-online.target zfs.target

[Service]
Type=oneshot
ExecStart=${quoteWord(program)} replicate guard ${name} --peer ${replicate.to}
Environment=${quoteWord(`BENCHES_ROOT=${benchesRoot}`)}
TimeoutStartSec=30s
UMask=0022
${OWN.join('\n')}
`;
}
