import { isDeepStrictEqual } from 'node:util';
import type { ConfigChange } from '../config/edit.js';
import { HOST_CONFIG, parseFleet, readHostToml } from '../config/host-config.js';
import type { FleetConfig } from '../config/host-fleet.js';
import type { Step } from '../steps/steps.js';

/** What `bench fleet setup` was told; what it was not told stays as it is. */
export interface FleetWish {
  etcd?: string[];
  ca?: string;
  cert?: string;
  key?: string;
  user?: string;
  password?: string;
  prefix?: string;
  name?: string;
  address?: string;
  labels?: Readonly<Record<string, string>>;
  start?: FleetConfig['start'];
}

/**
 * /etc/bench/host.toml with what is wished, and every other byte as it was.
 * @returns the text, what it says, and the step that writes it where it differs
 * @throws UsageError `host-config-invalid`
 */
export async function planHostToml(
  wish: FleetWish,
): Promise<{ fleet: FleetConfig | undefined; steps: Step[] }> {
  const before = (await readHostToml()) ?? '';
  const text = await withFleetTable(before, wish);
  const fleet = parseFleet(text, HOST_CONFIG);
  return { fleet, steps: text === before ? [] : [write(text, 'the fleet that this host is in')] };
}

/** The same without [fleet]. */
export async function planNoFleet(): Promise<Step[]> {
  const before = (await readHostToml()) ?? '';
  const text = withoutTable(before);
  return text === before ? [] : [write(text, 'this host is in no fleet any more')];
}

function write(content: string, purpose: string): Step {
  return { kind: 'file.write', path: HOST_CONFIG, content, purpose };
}

export async function withFleetTable(text: string, { labels, etcd, ...plain }: FleetWish): Promise<string> {
  const { editText } = await import('../config/edit.js');
  const changes: ConfigChange[] = etcd === undefined ? [] : [{ key: 'fleet.etcd', value: etcd }];
  for (const [key, value] of Object.entries(plain))
    if (value !== undefined) changes.push({ key: `fleet.${key}`, value });
  // Labels are what was said last, all of them.
  const before = labelsIn(text);
  if (labels !== undefined && !isDeepStrictEqual(before, labels)) {
    for (const key of Object.keys(before))
      if (!Object.hasOwn(labels, key)) changes.push({ key: `fleet.labels.${quoted(key)}`, value: undefined });
    for (const [key, value] of Object.entries(labels))
      changes.push({ key: `fleet.labels.${quoted(key)}`, value });
  }
  return editText(text, changes);
}

function labelsIn(text: string): Record<string, string> {
  try {
    return parseFleet(text, HOST_CONFIG)?.labels ?? {};
  } catch {
    return {};
  }
}

function quoted(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${key}"`;
}

/** From `[fleet]`, and `[fleet.labels]`, to the next table. */
export function withoutTable(text: string): string {
  let isOurs = false;
  const kept = text.split('\n').filter((line) => {
    if (/^\s*\[/.test(line)) isOurs = /^\s*\[\s*fleet\s*(\.[^\]]*)?\]/.test(line);
    return !isOurs;
  });
  return kept.join('\n').replace(/\n{3,}$/, '\n');
}
