import { rm } from 'node:fs/promises';
import { VolumeError } from '../../errors.js';
import { writeFileAtomic } from '../../host/atomic-file.js';
import type { CommandResult } from '../../host/exec.js';
import { appendToBytes, bindLine, FSTAB, readFstabBytes } from '../../host/fstab.js';
import { FSTAB_CANDIDATE, newFindings, verifyFstab } from '../../host/fstab-verify.js';
import { replaceFile } from '../../host/records.js';
import type { Kind } from '../kind.js';

export interface FstabAdd {
  kind: 'fstab.add';
  source: string;
  target: string;
}

export const fstabAdd: Kind<FstabAdd> = {
  describe: ({ target }) => `Add ${target} to /etc/fstab`,
  commands: () => [verifyFstab(FSTAB), verifyFstab(FSTAB_CANDIDATE)],
  apply: async ({ source, target }, { run }) => {
    const line = bindLine(source, target);
    const content = appendToBytes(await readFstabBytes(), line);
    try {
      await writeFileAtomic(FSTAB_CANDIDATE, content, { mode: 0o600 });
      const [before, after] = (await run()) as [CommandResult, CommandResult];
      refuseFindings(line, newFindings(before, after), after);
    } finally {
      await rm(FSTAB_CANDIDATE, { force: true });
    }
    await replaceFile(FSTAB, content);
  },
};

/** A line that findmnt finds fault with is never put in place: the next boot would read it. */
function refuseFindings(line: string, findings: readonly string[], { argv }: CommandResult): void {
  if (findings.length === 0) return;
  throw new VolumeError(
    'fstab-invalid',
    `findmnt finds fault with the line '${line}', so ${FSTAB} was left as it is:\n${findings.join('\n')}`,
    { command: argv, suggestions: ['Mend that, then run bench init again: it goes on from here.'] },
  );
}
