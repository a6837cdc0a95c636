import { rename, rm } from 'node:fs/promises';
import type { Part } from './layout.js';

/**
 * One rename makes the gathered directory the bench's; the mark of the migration is of no use from then on, unless the
 * original is to go.
 */
export async function publishPart(part: Part, { keepMark = false } = {}): Promise<void> {
  await rename(part.staging, part.source);
  if (!keepMark) await rm(part.stagingMark, { force: true });
}
