import type { GuardResult } from '../guard/guard.js';
import { formatArgv } from '../host/exec.js';
import { onOneLine } from '../printable.js';

/** How a guarded change came out, and what there is to do. */
export function guardText(result: GuardResult): string {
  const { command, reason, tag, bench, notes } = result;
  const what = onOneLine(formatArgv(command.argv));
  const lines = [`${headline(result)}: ${what}`];
  if (reason !== null && result.outcome !== 'done') lines.push(`  Why: ${onOneLine(reason)}`);
  if (result.restored === 'nothing-written')
    lines.push('  Nothing was written meanwhile, so there was nothing to restore.');
  if (result.kept !== null)
    lines.push(
      `  The failed state is kept: ${result.kept}; bench volume undo-restore -b ${bench} swaps it back`,
    );
  if (result.next !== null) lines.push(`  To undo it: ${result.next}`);
  if (['done', 'accepted'].includes(result.outcome)) lines.push(`  The snapshot before it stays: ${tag}`);
  return [...lines, ...notes.map((note) => `  Note: ${onOneLine(note)}`)].join('\n');
}

function headline({ outcome }: GuardResult): string {
  const words = {
    done: 'Done',
    undone: 'Failed and undone',
    'not-undone': 'FAILED AND NOT UNDONE',
    'not-run': 'Nothing was run',
    accepted: 'Left as it is',
  };
  return words[outcome];
}
