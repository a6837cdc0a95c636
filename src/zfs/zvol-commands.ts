import type { Command } from '../host/exec.js';
import { LONG_MS, propertyArguments } from './dataset-commands.js';

/** The block of a zvol: writes of guests, whose file systems have 4K blocks, and compression meet in the middle. */
export const VOLUME_BLOCK_BYTES = 16 * 1024;

export interface NewZvol {
  zvol: string;
  /** A multiple of {@link VOLUME_BLOCK_BYTES}. */
  sizeBytes: number;
  /** Whether its space is guaranteed; else it takes what is written (zfs-create(8), `-s`). */
  reserved: boolean;
  properties: Readonly<Record<string, string>>;
}

export function createZvol({ zvol, sizeBytes, reserved, properties }: NewZvol): Command {
  const argv = [
    'zfs',
    'create',
    ...(reserved ? [] : ['-s']),
    '-V',
    String(sizeBytes),
    '-b',
    String(VOLUME_BLOCK_BYTES),
    ...propertyArguments(properties),
    zvol,
  ] as const;
  return { argv: [...argv], privileged: true, timeoutMs: LONG_MS };
}
