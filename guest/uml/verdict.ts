import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheRoot } from '../cache.js';
import { messageOf } from '../errors.js';
import { Guest } from '../guest.js';
import type { Progress } from '../progress.js';
import { ensureUmlImage } from './image.js';
import { UmlMachine } from './machine.js';
import { umlHash } from './recipe.js';

interface Verdict {
  bootId: string;
  /** In milliseconds. */
  at: number;
  /** Why it does not work; without it, it does. */
  reason?: string;
}

/** After this a failure is tried again: it may have been the mirror, or a full disk. */
const retryAfterMs = 60 * 60 * 1000;

/**
 * Whether a guest can be built and started here as User Mode Linux: one is, to find out. The answer holds until the
 * host boots again (a failure for an hour), so that what fails is not waited for at each start. One line says what is
 * done instead.
 */
export async function umlWorks(progress: Progress): Promise<boolean> {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const file = path.join(cacheRoot(), `uml-${umlHash()}.verdict`);
  let verdict = readVerdict(file);
  const expired = verdict?.reason !== undefined && Date.now() - verdict.at > retryAfterMs;
  if (verdict?.bootId !== bootId || expired) {
    const reason = await whyNot(progress);
    verdict = { bootId, at: Date.now(), ...(reason === undefined ? {} : { reason }) };
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(verdict));
  }
  if (verdict.reason === undefined) return true;
  progress(
    `User Mode Linux does not work here (${verdict.reason}): QEMU instead, where all takes four to five times as long. ` +
      'BENCH_GUEST=uml tries again and tells more',
  );
  return false;
}

async function whyNot(progress: Progress): Promise<string | undefined> {
  try {
    const image = await ensureUmlImage(progress);
    try {
      await using guest = await Guest.on(await UmlMachine.start({ image, label: 'first start' }));
      await guest.sh('modprobe zfs');
      return undefined;
    } finally {
      image.lease.release();
    }
  } catch (error) {
    progress(messageOf(error));
    return messageOf(error).split('\n')[0];
  }
}

function readVerdict(file: string): Verdict | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
