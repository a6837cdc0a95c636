/** States of a monitoring plugin, in the order of their exit codes (Monitoring Plugins Development Guidelines). */
export const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
export type Level = (typeof LEVELS)[number];

export const PROBES = [
  ...(['pool', 'space', 'snapshots', 'verify', 'offsite'] as const),
  ...(['key', 'replication', 'drift', 'clones'] as const),
] as const;
export type Probe = (typeof PROBES)[number];

/** A number for a graph, with its thresholds; null where there is none. */
export interface Perf {
  label: string;
  value: number;
  unit: 'B' | 's' | '';
  warning: number | null;
  critical: number | null;
  min: number | null;
  max: number | null;
}

export function perf(
  label: string,
  value: number,
  unit: Perf['unit'],
  limits: Partial<Pick<Perf, 'warning' | 'critical' | 'max'>> = {},
): Perf {
  return { label, value, unit, warning: null, critical: null, min: 0, max: null, ...limits };
}

/** What one probe says of one bench. */
export interface Finding {
  bench: string;
  probe: Probe;
  level: Level;
  message: string;
  perf: Perf[];
}

/** The worst comes first: what cannot be told is worse than what is well, and no alarm by itself. */
const SEVERITY: readonly Level[] = ['CRITICAL', 'WARNING', 'UNKNOWN', 'OK'];

/** The worst of them; UNKNOWN where there is none. Pure. */
export function worst(levels: readonly Level[]): Level {
  return SEVERITY.find((level) => levels.includes(level)) ?? 'UNKNOWN';
}

/** The worst first, otherwise in their order. Pure. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => SEVERITY.indexOf(a.level) - SEVERITY.indexOf(b.level));
}
