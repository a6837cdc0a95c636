import type { Runner } from '../host/exec.js';
import { aboutDisk } from './contents-text.js';
import { chooseDisk } from './decide.js';
import { discoverDisks } from './discover.js';
import { formatBytes } from './format.js';
import type { Disk } from './types.js';

/** What `bench volume discover --json` prints (SPEC section 5). */
export interface DiscoverResult {
  disks: {
    path: string;
    stablePath: string | null;
    sizeBytes: number;
    model: string | null;
    serial: string | null;
    /** `sata`, `nvme`, `usb`, `virtio` … */
    transport: string | null;
    qualifies: boolean;
    /** `code: sentence`; the codes are those of docs/disks.md. */
    reasons: string[];
  }[];
  /** The path of the disk that `backing = "auto"` would take. */
  chosen: string | null;
}

/** Looks at every disk of this host. Changes nothing. */
export async function readDisks(runner: Runner): Promise<DiscoverResult> {
  return toResult(await discoverDisks(runner));
}

export function toResult(disks: readonly Disk[]): DiscoverResult {
  const chosen = chooseDisk(disks);
  return {
    disks: disks.map(({ path, stablePath, sizeBytes, model, serial, transport, qualifies, reasons }) => ({
      path,
      stablePath,
      sizeBytes,
      model,
      serial,
      transport,
      qualifies,
      reasons: reasons.map(({ code, message }) => `${code}: ${message}`),
    })),
    chosen: chosen?.path ?? null,
  };
}

/** The same for a person: a line for each disk, its reasons below it, and what follows from them. */
export function discoverText(result: DiscoverResult): string {
  const width = Math.max(0, ...result.disks.map(({ path }) => path.length));
  const lines = result.disks.flatMap((disk) => {
    const verdict = disk.path === result.chosen ? 'qualifies, chosen' : disk.qualifies ? 'qualifies' : 'no';
    const head = [disk.path.padEnd(width), formatBytes(disk.sizeBytes).padStart(7), verdict];
    if (disk.stablePath !== null) head.push(`(${disk.stablePath})`);
    const about = aboutDisk(disk);
    const details = [...(about === '' ? [] : [about]), ...disk.reasons];
    return [head.join('  '), ...details.map((detail) => `    ${detail}`)];
  });
  lines.push(
    '',
    result.chosen === null
      ? 'No disk qualifies: for a new pool backing = "auto" makes an image.'
      : `For a new pool backing = "auto" takes ${result.chosen}.`,
  );
  if (result.disks.some(({ reasons }) => reasons.some((reason) => reason.startsWith('needs-root:')))) {
    lines.push('This was read without root: `sudo bench volume discover` sees everything.');
  }
  return lines.join('\n');
}
