import { rm } from 'node:fs/promises';
import { VolumeError } from '../errors.js';
import { writeFileAtomic } from './atomic-file.js';
import type { Command, CommandResult } from './exec.js';
import { FSTAB } from './fstab.js';
import { FSTAB_CANDIDATE, newFindings, verifyFstab } from './fstab-verify.js';
import { replaceFile } from './records.js';

/** What {@link replaceFstab} runs: findmnt is asked about the fstab that is there, and about the one to be. */
export function verifyBothFstabs(): Command[] {
  return [verifyFstab(FSTAB), verifyFstab(FSTAB_CANDIDATE)];
}

/**
 * Puts another fstab in place, unless findmnt finds new fault with it: the next boot would read it.
 * @param changed what is new in it, for the message
 * @throws VolumeError `fstab-invalid`; then it is as it was
 */
export async function replaceFstab(
  content: Uint8Array,
  changed: string,
  run: () => Promise<CommandResult[]>,
): Promise<void> {
  try {
    await writeFileAtomic(FSTAB_CANDIDATE, content, { mode: 0o600 });
    const [before, after] = (await run()) as [CommandResult, CommandResult];
    refuseFindings(changed, newFindings(before, after), after);
  } finally {
    await rm(FSTAB_CANDIDATE, { force: true });
  }
  await replaceFile(FSTAB, content);
}

function refuseFindings(changed: string, findings: readonly string[], { argv }: CommandResult): void {
  if (findings.length === 0) return;
  throw new VolumeError(
    'fstab-invalid',
    `findmnt finds fault with ${changed}, so ${FSTAB} was left as it is:\n${findings.join('\n')}`,
    { command: argv, suggestions: ['Mend that, then run bench init again: it goes on from here.'] },
  );
}
