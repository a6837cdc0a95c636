import { onOneLine } from '../printable.js';
import type { VerifyResult } from '../verify/verify.js';

/** A line a snapshot, and what was asked of it. */
export function verifyText({ verified, level }: VerifyResult): string {
  return verified
    .map(({ tag, tables, elsewhere, answers, durationMs }) => {
      const how = {
        quick: 'the end of each',
        normal: 'each checked',
        extended: 'each checked with its indexes',
      }[level];
      const left = elsewhere === 0 ? '' : `, ${elsewhere} with no rows of their own here`;
      const asked = answers === 0 ? '' : `, ${answers} answers as expected`;
      return `Proven ${onOneLine(tag)} in ${(durationMs / 1000).toFixed(1)} s: ${tables} tables (${how})${left}${asked}`;
    })
    .join('\n');
}
