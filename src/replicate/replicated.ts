import { refuseUnread } from '../bench/bench.js';
import type { BenchConfig, Replicate } from '../config/config.js';
import { UsageError } from '../errors.js';

/** A bench.toml with a host that copies go to. */
export type Replicated = BenchConfig & { replicate: Replicate };

/** What `bench replicate run --json` prints. */
export interface CopyResult {
  bench: string;
  to: string;
  /** The newest moment that is whole on the other side. */
  tag: string;
  createdAt: string;
  /** The streams that were sent, oldest first; a part of one that was gone on with counts as one. */
  sent: { member: string; tag: string; full: boolean; resumed: boolean }[];
  /** Volumes that do not travel: private copies. */
  left: string[];
  durationMs: number;
}

/** @throws UsageError `replicate-missing`; RefusedError `config-unread` */
export function requireReplicated(config: BenchConfig): Replicated {
  if (config.replicate !== undefined) return config as Replicated;
  refuseUnread(config, '[replicate]');
  throw new UsageError('replicate-missing', `bench.toml of ${config.name} names no host that copies go to.`, {
    suggestions: [`bench replicate setup HOST -b ${config.name}`],
  });
}
