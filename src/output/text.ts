import { describeRestore } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import { onOneLine } from '../printable.js';
import type {
  DestroyResult,
  KeptCopy,
  RestorePreview,
  RestoreResult,
  SnapshotList,
  SnapshotResult,
  UndoPreview,
  UndoResult,
} from '../snapshot/snapshot-orchestrator.js';
import { isAdvice, type Problem, type Status } from '../status/status.js';
import type { SetResult } from '../volume-manager/volume-manager.js';
import { cloneDetails } from './clone-line.js';
import { localless, statusLine } from './columns.js';
import { growthLine, scheduleLine } from './schedule.js';
import { wrapped } from './wrapped.js';

/** Columns of a line, where its words allow that; a command below it is never broken. */
const WIDTH = 80;

/** The four lines of SPEC section 5, and what is wrong with its mend. */
export function statusText(status: Status): string {
  const { pool, dataset, binds, mariadb, snapshots, problems } = status;
  const isGone = isDatasetGone(status);
  const isImported = pool.health !== 'MISSING' && pool.health !== 'SUSPENDED';
  const poolState = pool.health === 'MISSING' ? 'NOT IMPORTED' : pool.health;
  const noDataset = pool.health === 'SUSPENDED' ? 'WAITS' : 'NOT THERE';
  const lines = [
    statusLine('Pool', pool.name, isImported && pool.sizeBytes > 0 ? poolText(pool) : poolState),
    statusLine('Dataset', dataset.name, isImported && !isGone ? datasetText(dataset) : noDataset),
    ...binds.map(bindText),
    mariaDbText(mariadb),
    ...(isImported && !isGone
      ? [
          statusLine(
            'Snapshots',
            String(snapshots.count),
            snapshots.latest === null ? '' : `latest ${snapshots.latest.tag}`,
          ),
          ...(status.schedule === null ? [] : [scheduleLine(status.schedule)]),
          ...growthLine(status.forecast),
        ]
      : []),
    ...(status.clone === null
      ? []
      : [statusLine('Clone of', status.clone.source, cloneDetails(status.clone))]),
    ...(status.clones.length === 0 ? [] : [statusLine('Clones', status.clones.join(', '), '')]),
  ];
  problems.forEach((problem, index) => {
    const [before, after] = [problems[index - 1], problems[index + 1]];
    // What one command mends stands together, and the command once.
    const goesOn = before !== undefined && mendedTogether(before, problem);
    lines.push(
      ...(goesOn ? [] : ['']),
      ...wrapped(onOneLine(`${headOf(problem)}: ${problem.message}`), WIDTH, '  '),
    );
    if (after === undefined || !mendedTogether(problem, after))
      lines.push(`  ${isAdvice(problem) ? '' : 'Mend: '}${onOneLine(problem.fix)}`);
  });
  return lines.join('\n');
}

/** A pool of the name is there, but not with this bench's dataset, as far as it can be seen. */
export function isDatasetGone({ problems }: Status): boolean {
  return problems.some(({ code }) => ['dataset-missing', 'pool-other', 'pool-faulted'].includes(code));
}

export function bindText({ source, target, mounted }: Status['binds'][number]): string {
  return statusLine('Mount', target, mounted ? `from ${source}` : 'NOT MOUNTED');
}

export function mariaDbText({ unit, active, version }: Status['mariadb']): string {
  return statusLine('MariaDB', unit, active ? `running  ${version ?? 'not answering'}` : 'stopped');
}

function headOf(problem: Problem): string {
  return isAdvice(problem) ? 'Note' : 'Problem';
}

function mendedTogether(one: Problem, other: Problem): boolean {
  return one.fix === other.fix && headOf(one) === headOf(other);
}

function poolText({ health, sizeBytes, freeBytes }: Status['pool']): string {
  return `${health}  size=${humanSize(sizeBytes)}  free=${humanSize(freeBytes)}`;
}

function datasetText(dataset: Status['dataset']): string {
  const { quotaBytes, reservationBytes, usedBytes, availableBytes, mounted } = dataset;
  const quota = quotaBytes === 0 ? 'none' : humanSize(quotaBytes);
  return (
    `${mounted ? '' : 'NOT MOUNTED  '}quota=${quota}  reservation=${humanSize(reservationBytes)}  ` +
    `used=${humanSize(usedBytes)}  avail=${humanSize(availableBytes)}`
  );
}

export function snapshotListText(list: SnapshotList): string {
  const lines = [`Dataset: ${list.dataset}`];
  if (list.snapshots.length === 0) lines.push('  no snapshots');
  for (const { tag, createdAt, usedBytes, verified, note, pinned, clones, cloneEnds } of list.snapshots) {
    const used =
      clones.length === 0
        ? ''
        : `  clones: ${clones.map((each) => cloneWithEnd(each, cloneEnds)).join(', ')}`;
    const comment = `${pinned ? '  pinned' : ''}${note === null ? '' : `  ${onOneLine(note)}`}${used}`;
    lines.push(
      `  ${onOneLine(tag).padEnd(30)}created: ${localless(createdAt)}  used: ${humanSize(usedBytes)}${proofText(verified)}${comment}`,
    );
  }
  return lines.join('\n');
}

function cloneWithEnd(clone: string, ends: SnapshotList['snapshots'][number]['cloneEnds']): string {
  const end = ends.find((each) => each.clone === clone);
  return end === undefined ? clone : `${clone} (ends ${localless(end.expiresAt).slice(0, 16)})`;
}

function proofText(verified: SnapshotList['snapshots'][number]['verified']): string {
  if (verified === null) return '';
  const words = { ok: 'proven', damaged: 'DAMAGED', differs: 'ANSWERS OTHERWISE' };
  return `  ${words[verified.verdict]} ${verified.at.slice(0, 10)}`;
}

export function snapshotText(result: SnapshotResult): string {
  const { name, quiesce, lockWaitMs, lockHeldMs, volumes = [] } = result;
  const how =
    quiesce === 'none'
      ? 'of this volume alone'
      : quiesce === 'stopped'
        ? 'MariaDB was stopped'
        : quiesce === 'crash-consistent'
          ? 'MariaDB was not asked: it recovers from this as from a crash'
          : `${quiesce}: lock had after ${lockWaitMs} ms, commits waited ${lockHeldMs} ms`;
  const along = volumes.length === 0 ? '' : `\n  at the same moment: ${volumes.join(', ')}`;
  return `Snapshot ${name}\n  ${how}${along}`;
}

/** What is about to be lost, before the operator is asked. */
export function restorePreviewText(preview: RestorePreview): string {
  const { dataset, tag, createdAt, destroys, lostBytes, finishes, takesOver } = preview;
  const lines = [`Restore ${dataset} to ${tag} (${localless(createdAt)} UTC)`];
  if (finishes) lines.push('  This finishes the restore that was interrupted.');
  if (takesOver !== null)
    lines.push(`  It takes the place of what was interrupted: ${describeRestore(takesOver)}.`);
  if (preview.keeps) {
    lines.push(`  Kept: everything as it is now, with every snapshot; undo-restore brings it back`);
    if (takesOver?.mode === 'keep')
      lines.push(`  Lost: what the restore to ${takesOver.tag} has put in its place`);
    if (preview.replaces !== null) lines.push(`  Lost: ${keptText(preview.replaces)}`);
    return [...lines, ...preview.volumes.map(volumeLine)].join('\n');
  }
  lines.push(`  Lost: ${humanSize(lostBytes)} written since`);
  lines.push(
    `  Lost: ${destroys.length === 0 ? 'no newer snapshot' : `newer snapshots ${destroys.join(', ')}`}`,
  );
  return [...lines, ...preview.volumes.map(volumeLine), ...releaseLines(preview.releases)].join('\n');
}

/** What bench itself holds for copies elsewhere goes like the rest, and that has consequences there. */
function releaseLines(releases: RestorePreview['releases']): string[] {
  if (releases.length === 0) return [];
  const which = releases.map(({ snapshot, hold }) => `${snapshot} (${hold})`).join(', ');
  return [
    onOneLine(`  Ends: bench's own holds, for copies elsewhere, on ${which}`),
    '  Copies that are there stay. The next one builds on an older snapshot, or is a whole one; another host may refuse it, and says what to do.',
  ];
}

function volumeLine({
  name,
  action,
  reason,
  destroys,
  lostBytes,
}: RestorePreview['volumes'][number]): string {
  if (action === 'left') return onOneLine(`  Volume ${name}: stays as it is (${reason})`);
  const snapshots = destroys.length === 0 ? '' : `; newer snapshots lost: ${destroys.join(', ')}`;
  const lost = lostBytes === 0 ? '' : `; lost: ${humanSize(lostBytes)} written since`;
  return onOneLine(`  Volume ${name}: goes back with it${lost}${snapshots}`);
}

function keptText({ dataset, keptAt, usedBytes, snapshots }: KeptCopy): string {
  const also = snapshots.length === 0 ? '' : ` and its snapshots ${snapshots.join(', ')}`;
  return `the older copy ${dataset}, kept since ${onOneLine(keptAt)} (${humanSize(usedBytes)})${also}`;
}

/** What an undo brings back, before the operator is asked. */
export function undoPreviewText({ dataset, kept, givesUp, drops, volumes }: UndoPreview): string {
  const lines =
    kept !== null
      ? [`Bring back ${dataset} as it was at ${onOneLine(kept.keptAt)}`]
      : givesUp === null
        ? ['Finish the undo that was interrupted']
        : [`Give up the interrupted restore to ${givesUp} and bring back ${dataset} as it was before it`];
  lines.push('  Kept: everything as it is now; another undo-restore brings it back');
  if (drops !== null) lines.push(`  Lost: ${keptText(drops)}`);
  return [...lines, ...volumes.map(volumeLine)].join('\n');
}

/** What is about to be dropped. */
export function discardPreviewText(kept: KeptCopy): string {
  return `Drop for good:\n  Lost: ${keptText(kept)}`;
}

export function undoText({ dataset, discarded, durationMs, notes }: UndoResult): string {
  if (discarded) return `Dropped the kept copy of ${dataset}: the restore cannot be undone any more.`;
  return withNotes(
    `Brought ${dataset} back in ${(durationMs / 1000).toFixed(1)} s; undo-restore swaps again.`,
    notes,
  );
}

export function restoreText({ dataset, tag, durationMs, notes }: RestoreResult): string {
  return withNotes(`Restored ${dataset} to ${tag} in ${(durationMs / 1000).toFixed(1)} s`, notes);
}

function withNotes(text: string, notes: readonly string[]): string {
  return [text, ...notes.map((note) => `Note: ${onOneLine(note)}`)].join('\n');
}

/** What is about to be destroyed, before the operator is asked. */
export function destroyPreviewText({ dataset, destroyed, volumes, freedBytes }: DestroyResult): string {
  const lines = [
    ...destroyed.map((tag) => `  ${tag}`),
    ...volumes.map((along) => `  with it, of ${along.dataset}: ${along.tags.join(', ')}`),
  ];
  return [`Destroy of ${dataset}, for good:`, ...lines, `  Frees: ${humanSize(freedBytes)}`].join('\n');
}

export function destroyText({ dataset, destroyed, freedBytes }: DestroyResult): string {
  return `Destroyed of ${dataset}: ${destroyed.join(', ')} (${humanSize(freedBytes)} freed)`;
}

export function setText({
  dataset,
  quotaBytes,
  reservationBytes,
  usedBytes,
  changed,
  notes,
}: SetResult): string {
  const size = (bytes: number) => (bytes === 0 ? 'none' : humanSize(bytes));
  const sizes = `quota=${size(quotaBytes)}  reservation=${size(reservationBytes)}  used=${humanSize(usedBytes)}`;
  const lines = [`${dataset}  ${sizes}`, ...notes.map((note) => `  Note: ${note}`)];
  return (changed ? lines : [...lines, '  It was so already: nothing was changed.']).join('\n');
}
