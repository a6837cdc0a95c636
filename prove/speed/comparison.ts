import { benchToml } from '../bench-toml.js';
import { figure, median } from '../figures.js';

/** The same figure of bench and of what it is compared with, one of each run. */
export interface Comparison {
  /** With its unit. */
  what: string;
  bench: number[];
  bare: number[];
  /** A ratio above this is a finding. */
  most?: number;
}

export const DATASET = 'bench-pool/shop';
export const SOCKET = '/run/mysqld/mysqld-shop.sock';

/** Emulated, bench itself takes its time to connect. */
export const BENCH_TOML = benchToml({ quota: '8G', lockTimeout: '60s' });

/** How many times the bare median the bench's is. */
export function ratio({ bench, bare }: Comparison): number {
  return median(bench) / median(bare);
}

export function row(comparison: Comparison): (string | number)[] {
  const { what, bench, bare } = comparison;
  return [what, median(bench), median(bare), `${figure(ratio(comparison))} : 1`];
}

/** The runs, for a reader who wants to see them all. */
export function rawRow({ what, bench, bare }: Comparison): string[] {
  return [what, bench.map(figure).join('; '), bare.map(figure).join('; ')];
}
