import type { ListedBench } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import { ageText, days } from '../status/status.js';
import { cloneText } from './clone-line.js';
import { table } from './table.js';

const HEADINGS = ['BENCH', 'DATASET', 'USED', 'QUOTA', 'INSTANCE', 'PORT', 'STATE', 'CLONE OF'];

/** A bench, and where somebody has found that out, when its space is used up. */
type Listed = ListedBench & { fullAt?: string | null };

/**
 * One line a bench in columns as wide as they need to be; `-` is what cannot be known. How long the space lasts has a
 * column where that is known of any.
 */
export function benchListText({ benches }: { benches: readonly Listed[] }, now = new Date()): string {
  if (benches.length === 0) return 'There is no bench on this host. Make one with: bench new NAME';
  const withClones = benches.some(({ clone }) => clone !== null);
  const withFull = benches.some(({ fullAt }) => fullAt != null);
  const all = withFull ? [...HEADINGS.slice(0, 4), 'FULL IN', ...HEADINGS.slice(4)] : HEADINGS;
  const headings = withClones ? all : all.slice(0, -1);
  return table([headings, ...benches.map((bench) => columns(bench, withFull, now))]);
}

function columns(bench: Listed, withFull: boolean, now: Date): string[] {
  const full = bench.fullAt == null ? '-' : ageText(days(now, new Date(bench.fullAt)));
  return [
    bench.name,
    bench.dataset ?? '-',
    bench.usedBytes === null ? '-' : humanSize(bench.usedBytes),
    bench.quotaBytes === null ? '-' : bench.quotaBytes === 0 ? 'none' : humanSize(bench.quotaBytes),
    ...(withFull ? [full] : []),
    bench.instance ?? '-',
    bench.port === null ? '-' : String(bench.port),
    bench.state,
    ...(bench.clone === null ? [] : [cloneText(bench.clone)]),
  ];
}
