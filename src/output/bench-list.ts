import type { BenchList, ListedBench } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import { cloneText } from './clone-line.js';
import { table } from './table.js';

const HEADINGS = ['BENCH', 'DATASET', 'USED', 'QUOTA', 'INSTANCE', 'PORT', 'STATE', 'CLONE OF'];

/** One line a bench in columns as wide as they need to be; `-` is what cannot be known. */
export function benchListText({ benches }: BenchList): string {
  if (benches.length === 0) return 'There is no bench on this host. Make one with: bench new NAME';
  const headings = benches.some(({ clone }) => clone !== null) ? HEADINGS : HEADINGS.slice(0, -1);
  return table([headings, ...benches.map(columns)]);
}

function columns(bench: ListedBench): string[] {
  return [
    bench.name,
    bench.dataset ?? '-',
    bench.usedBytes === null ? '-' : humanSize(bench.usedBytes),
    bench.quotaBytes === null ? '-' : bench.quotaBytes === 0 ? 'none' : humanSize(bench.quotaBytes),
    bench.instance ?? '-',
    bench.port === null ? '-' : String(bench.port),
    bench.state,
    ...(bench.clone === null ? [] : [cloneText(bench.clone)]),
  ];
}
