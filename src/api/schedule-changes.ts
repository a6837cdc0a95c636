import { type BenchConfig, KEEP_RULES } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';

export interface ScheduleWish {
  /** Null: no schedule. */
  snapshot: string | null;
  keep?: Partial<Record<(typeof KEEP_RULES)[number], number | undefined>> | undefined;
  keepDays?: number | undefined;
  prune?: boolean | undefined;
}

/**
 * What of bench.toml has to change for [schedule] to be as it is wished, all of it: a rule that is not wished goes. Pure.
 */
export function scheduleChanges(
  { schedule }: Pick<BenchConfig, 'schedule'>,
  { snapshot, keep, keepDays, prune }: ScheduleWish,
): ConfigChange[] {
  if (schedule === undefined && snapshot === null) return [];
  const isGone = snapshot === null;
  const rules = KEEP_RULES.map((rule) => ({
    key: `schedule.keep.${rule}`,
    value: isGone || !keep?.[rule] ? undefined : keep[rule],
  }));
  const all: ConfigChange[] = [
    { key: 'schedule.snapshot', value: snapshot ?? undefined },
    { key: 'schedule.keep_days', value: isGone ? undefined : keepDays },
    ...rules,
    { key: 'schedule.prune', value: isGone ? undefined : prune },
  ];
  return [
    ...all.filter(({ value }) => value === undefined),
    ...all.filter(({ value }) => value !== undefined),
  ];
}
