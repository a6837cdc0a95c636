import type { BenchList, ListedBench } from '../bench/bench.js';
import { humanSize } from '../config/size.js';

const HEADINGS = ['BENCH', 'DATASET', 'USED', 'QUOTA', 'INSTANCE', 'PORT', 'STATE'];

/** One line a bench in columns as wide as they need to be; `-` is what cannot be known. */
export function benchListText({ benches }: BenchList): string {
  if (benches.length === 0) return 'There is no bench on this host. Make one with: bench new NAME';
  const table = [HEADINGS, ...benches.map(columns)];
  const widths = HEADINGS.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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
  ];
}
