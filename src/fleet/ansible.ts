import type { FleetHost } from './read.js';

/** What ansible wants of an inventory that is a program (`--list`). */
export interface AnsibleInventory {
  _meta: { hostvars: Record<string, HostVars> };
  all: { children: string[] };
  [group: string]: unknown;
}

type HostVars = Record<string, string | number | boolean | string[] | Record<string, string>>;

/** All hosts, those that are there, those that are not, and one group for each label. Pure. */
export function ansibleInventory(hosts: readonly FleetHost[]): AnsibleInventory {
  const groups = new Map<string, string[]>([['bench_fleet', hosts.map(({ name }) => name)]]);
  const add = (group: string, host: string) => groups.set(group, [...(groups.get(group) ?? []), host]);
  for (const { name, present, labels } of hosts) {
    add(present ? 'bench_present' : 'bench_absent', name);
    for (const [key, value] of Object.entries(labels)) add(groupName(`${key}_${value}`), name);
  }
  return {
    _meta: { hostvars: Object.fromEntries(hosts.map((host) => [host.name, hostVars(host)])) },
    all: { children: [...groups.keys()] },
    ...Object.fromEntries([...groups].map(([group, members]) => [group, { hosts: members }])),
  };
}

/** What ansible knows of one host (`--host`). */
export function hostVars({ address, labels, present, product, benches, seenAt }: FleetHost): HostVars {
  const [user, host] = address.includes('@') ? address.split('@') : ['root', address];
  return {
    ansible_host: host ?? address,
    ansible_user: user ?? 'root',
    bench_present: present,
    bench_version: product,
    bench_seen_at: seenAt,
    bench_count: benches,
    bench_labels: labels,
  };
}

/** Letters, digits and underscores, a letter first: anything else ansible warns of. */
function groupName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}
