import type { Command } from './exec.js';

/** Where an fstab lies while findmnt(8) is asked about it: it reads files only, and this one nobody boots from. */
export const FSTAB_CANDIDATE = '/run/bench-fstab.candidate';

/** findmnt's opinion of an fstab; it exits with 1 for whatever it finds, also in lines that are none of ours. */
export function verifyFstab(path: string): Command {
  return { argv: ['findmnt', '--verify', '--tab-file', path], okExitCodes: [0, 1] };
}

/**
 * The errors that findmnt has with the second fstab and not with the first: an fstab that had errors before is not
 * ours to judge. Warnings do not count. Pure.
 */
export function newFindings(before: Output, after: Output): string[] {
  const known = errorsIn(before);
  return errorsIn(after).filter((finding) => {
    const index = known.indexOf(finding);
    if (index !== -1) known.splice(index, 1);
    return index === -1;
  });
}

interface Output {
  stdout: string;
  stderr: string;
}

/** `/target: what is wrong` for each `[E]` below its target, and each line that could not be parsed. */
function errorsIn({ stdout, stderr }: Output): string[] {
  const findings: string[] = [];
  let target = '';
  for (const line of stdout.split('\n')) {
    const error = /^\s+\[E\] (.*)$/.exec(line);
    if (error !== null) findings.push(`${target}: ${error[1]}`);
    else if (/^\S/.test(line)) target = line;
  }
  const unparsed = [...stderr.matchAll(/parse error at line \d+/g)].map(([text]) => text);
  return [...findings, ...unparsed];
}
