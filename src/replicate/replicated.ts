import { refuseUnread } from '../bench/bench.js';
import type { BenchConfig, Replicate } from '../config/config.js';
import { UsageError } from '../errors.js';
import { readCopyRecord } from './record.js';

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

/**
 * Where bench.toml is out of sight, because its key is not loaded, copies go where the last one went.
 * @throws UsageError `replicate-missing`; RefusedError `config-unread` where none ever went
 */
export async function requireReplicated(config: BenchConfig): Promise<Replicated> {
  const replicate = config.replicate ?? (config.fromRecord && (await recordedReplicate(config.name)));
  if (replicate !== undefined) return { ...config, replicate };
  refuseUnread(config, '[replicate]');
  throw new UsageError('replicate-missing', `bench.toml of ${config.name} names no host that copies go to.`, {
    suggestions: [`bench replicate setup HOST -b ${config.name}`],
  });
}

async function recordedReplicate(bench: string): Promise<Replicate | undefined> {
  const record = await readCopyRecord(bench);
  return record?.settings && { to: record.to, ...record.settings };
}
