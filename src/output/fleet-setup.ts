import type { Left, Published, SetupPlan } from '../fleet/fleet.js';
import { planJson, planText } from './steps.js';

/** What `bench fleet setup --json` prints. */
export type FleetSetupJson = ReturnType<typeof planJson> &
  Omit<SetupPlan, 'steps'> & {
    dryRun: boolean;
    changed: boolean;
    /** What was told to the fleet; null where nothing was done. */
    published: Published | null;
  };

export function fleetSetupJson(plan: SetupPlan & { published?: Published }, dryRun: boolean): FleetSetupJson {
  const { steps, published = null, ...rest } = plan;
  return {
    ...planJson({ steps, notes: [], complete: true }),
    ...rest,
    dryRun,
    changed: !dryRun && steps.length > 0,
    published,
  };
}

export function fleetSetupText({ host, address, etcd, prefix, etcdVersion, steps }: SetupPlan): string {
  return [
    `The fleet calls this host ${host}; others reach it by: ssh ${address}`,
    `etcd ${etcdVersion} answers, of ${etcd.join(', ')}; keys begin with ${prefix}`,
    steps.length === 0 ? 'It is so already: nothing to do.' : planText({ steps, notes: [], complete: true }),
  ].join('\n');
}

/** What `bench fleet leave --json` prints. */
export type FleetLeaveJson = ReturnType<typeof planJson> & Omit<Left, 'steps'> & { dryRun: boolean };

export function fleetLeaveJson({ steps, ...rest }: Left, dryRun: boolean): FleetLeaveJson {
  return { ...planJson({ steps, notes: [], complete: true }), ...rest, dryRun };
}
