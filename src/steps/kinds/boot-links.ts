import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UNIT_DIRECTORY } from '../../bench/bench.js';
import { ignoreMissing, syncDirectory } from '../../host/files.js';

/**
 * What systemctl(1) has enabled or disabled is on the disk from then on. It writes links and nothing more: a power cut behind
 * the end of a command would take back that a unit starts at boot.
 */
export async function syncBootLinks(): Promise<void> {
  const entries = (await readdir(UNIT_DIRECTORY).catch(ignoreMissing)) ?? [];
  for (const entry of entries)
    if (/\.(?:wants|requires)$/.test(entry)) await syncDirectory(join(UNIT_DIRECTORY, entry));
  await syncDirectory(UNIT_DIRECTORY);
}
