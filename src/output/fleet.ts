import { humanSize } from '../config/size.js';
import type {
  Answer,
  Executed,
  FleetBench,
  FleetHost,
  FleetVolume,
  HostResult,
  Inventory,
} from '../fleet/fleet.js';
import { onOneLine, printable } from '../printable.js';
import { ageText } from '../status/status.js';
import { table } from './table.js';

export function inventoryText({ host, pools, benches, volumes, copies }: Inventory): string {
  const own = volumes.filter(({ role }) => role === 'data').length;
  return [
    `${host}: ${benches.length} benches, ${own} data volumes, ${copies.length} copies of other hosts`,
    ...pools.map(({ name, health, usedBytes, availableBytes }) => {
      return `  pool ${name}  ${health}  used=${humanSize(usedBytes)}  free=${humanSize(availableBytes)}`;
    }),
    ...benches.map(({ name, state, epoch }) => `  bench ${name}  ${state}  epoch ${epoch}`),
    ...copies.map(({ bench, from }) => `  copy of ${bench}, from ${from ?? 'nobody knows'}`),
  ].join('\n');
}

/** `12 minutes`, `40 s`, by this host's clock. */
function since(iso: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(iso)) / 1000));
  return seconds < 120 ? `${seconds} s` : ageText(seconds / 86_400);
}

export function hostsText(hosts: readonly FleetHost[], now = new Date()): string {
  if (hosts.length === 0) return 'There is no such host in the fleet.';
  return table([
    ['HOST', 'STATE', 'SEEN', 'BENCHES', 'VOLUMES', 'COPIES', 'POOLS', 'VERSION', 'LABELS'],
    ...hosts.map(({ name, present, seenAt, benches, volumes, copies, pools, product, labels }) => [
      onOneLine(name),
      present ? 'present' : 'ABSENT',
      since(seenAt, now),
      String(benches),
      String(volumes),
      String(copies),
      pools.map((pool) => `${onOneLine(pool.name)}=${onOneLine(pool.health)}`).join(' ') || '-',
      onOneLine(product),
      pairs(labels),
    ]),
  ]);
}

function pairs(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([key, value]) => `${onOneLine(key)}=${onOneLine(value)}`);
  return texts.join(' ') || '-';
}

export function benchesText(benches: readonly FleetBench[], now = new Date()): string {
  if (benches.length === 0) return 'There is no such bench in the fleet.';
  return table([
    ['BENCH', 'HOST', 'STATE', 'USED', 'QUOTA', 'EPOCH', 'RIGHT', 'COPIES ON'],
    ...benches.map((bench) => [
      onOneLine(bench.name),
      hostText(bench, now),
      bench.supersededBy === null ? bench.state : 'superseded',
      bench.usedBytes === null ? '-' : humanSize(bench.usedBytes),
      bench.quotaBytes === null ? '-' : bench.quotaBytes === 0 ? 'none' : humanSize(bench.quotaBytes),
      String(bench.epoch),
      bench.owner === null ? '-' : `${onOneLine(bench.owner)} (${bench.ownerEpoch})`,
      bench.copies.map((copy) => `${onOneLine(copy.host)}${copy.present ? '' : ' (absent)'}`).join(' ') ||
        '-',
    ]),
  ]);
}

function hostText({ host, present, seenAt }: { host: string; present: boolean; seenAt: string }, now: Date) {
  return present ? onOneLine(host) : `${onOneLine(host)} (absent for ${since(seenAt, now)})`;
}

export function volumesText(volumes: readonly FleetVolume[], now = new Date()): string {
  if (volumes.length === 0) return 'There is no such volume in the fleet.';
  return table([
    ['VOLUME', 'HOST', 'KIND', 'SIZE', 'USED', 'STATUS', 'ATTACHED TO', 'LABELS'],
    ...volumes.map((volume) => [
      onOneLine(volume.name),
      hostText(volume, now),
      volume.kind,
      volume.sizeBytes === 0 ? 'none' : humanSize(volume.sizeBytes),
      humanSize(volume.usedBytes),
      volume.status,
      volume.attachments
        .map((each) => onOneLine('bench' in each ? `bench ${each.bench}` : `machine ${each.machine}`))
        .join(', ') || '-',
      pairs(volume.labels),
    ]),
  ]);
}

/** One line a host, as it comes. */
export function resultLine({ host, outcome, exitCode, durationMs }: HostResult): string {
  const code = outcome === 'failed' ? ` (exit ${exitCode})` : '';
  return `${host}  ${outcome}${code}  ${(durationMs / 1000).toFixed(1)} s`;
}

/** Equal answers once, with the hosts that gave them. Nothing of theirs can look like a line of bench's. */
export function executedText({ answers, counts }: Executed): string {
  const total = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  return [...answers.map(answerText), total.join(', ')].join('\n');
}

function answerText({ hosts, outcome, exitCode, stdout, stderr }: Answer): string {
  const code = outcome === 'failed' ? ` (exit ${exitCode})` : '';
  const body = [...linesOf(stdout, ''), ...linesOf(stderr, '! ')];
  return [`--- ${hosts.map(onOneLine).join(' ')}: ${outcome}${code}`, ...body].join('\n');
}

function linesOf(text: string, sign: string): string[] {
  const trimmed = text.replace(/\n+$/, '');
  return trimmed === ''
    ? []
    : printable(trimmed)
        .split('\n')
        .map((line) => `  ${sign}${line}`);
}
