import type { Step } from './kinds.js';

/**
 * Has units enabled before the last reload of systemd that is due anyway, and without one of their own: each reads every
 * unit of the host anew. Without any, systemd would hold all units for changed. Pure.
 */
export function enabledBeforeReload(steps: readonly Step[]): Step[] {
  const others = steps.filter(({ kind }) => kind !== 'unit.enable');
  const last = others.findLastIndex(({ kind }) => kind === 'systemd.reload');
  if (last === -1) return [...steps];
  const enables = steps.flatMap((step): Step[] =>
    step.kind === 'unit.enable' ? [{ ...step, reload: false }] : [],
  );
  return [...others.slice(0, last), ...enables, ...others.slice(last)];
}
