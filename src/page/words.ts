import { humanSize, parseVolumeSize, volumeSizeProblem } from '../config/size.js';

/** For people: `5.0G`; 0 where there is none. */
export function size(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '–' : bytes === 0 ? '0' : humanSize(bytes);
}

/** Of a size that somebody has typed. */
export function bytesOf(text: string): { bytes: number } | { problem: string } {
  const problem = volumeSizeProblem(text.trim());
  return problem === undefined ? { bytes: parseVolumeSize(text.trim()) } : { problem: `It ${problem}.` };
}

/** In the zone of the browser, to the minute. */
export function time(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return '–';
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How far away a moment is: `in 3 weeks`, `2 hours ago`. */
export function away(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const [unit, length] = UNITS.find(([, limit]) => Math.abs(seconds) >= limit) ?? ['second', 1];
  const count = Math.max(1, Math.round(Math.abs(seconds) / length));
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

const UNITS: readonly [string, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
