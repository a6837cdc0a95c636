import { humanSize } from '../config/size.js';
import type { DropPreview, ReleasedVolume } from '../drop/drop.js';
import { onOneLine } from '../printable.js';
import { type PlanJson, planJson } from './steps.js';

/** What `bench drop --json` prints: what would become of the bench, or what has. */
export type DropReport = Omit<DropPreview, 'steps' | 'notes'> &
  PlanJson &
  ({ dryRun: true } | { changed: true });

export function dropReport({ steps, notes, ...preview }: DropPreview) {
  return { ...preview, ...planJson({ steps, notes, complete: true }) };
}

/** What is about to be lost, and what stays, before the operator is asked. */
export function dropPreviewText(preview: DropPreview): string {
  const { bench, snapshots, kept, volumes, units, notes } = preview;
  return [
    `${HEADS[preview.storage]} ${bench}${TAILS[preview.storage]}:`,
    ...storageLines(preview),
    ...(preview.storage === 'destroyed'
      ? [`  Lost: ${snapshots.length === 0 ? 'no snapshot' : `${count(snapshots)} ${listed(snapshots)}`}`]
      : []),
    ...(kept === null ? [] : [`  Lost: the copy that a restore has set aside, ${kept}`]),
    ...volumes.map(volumeLine),
    ...(units.length === 0 ? [] : [`  Stopped: ${units.join(', ')}`]),
    ...notes.map((note) => `  Note: ${onOneLine(note)}`),
  ].join('\n');
}

const HEADS: Record<DropPreview['storage'], string> = {
  destroyed: 'Drop the bench',
  none: 'Drop the bench',
  preserved: 'Drop the bench',
  lost: 'Forget the bench',
};
const TAILS: Record<DropPreview['storage'], string> = {
  destroyed: ', for good',
  none: ', for good',
  preserved: ', and keep its storage',
  lost: ', whose pool is lost for good',
};

function storageLines({ dataset, storage, preservedAs, usedBytes }: DropPreview): string[] {
  if (storage === 'none')
    return ['  It has no dataset (any more): what is left of it on the host is taken away'];
  if (storage === 'lost')
    return [`  Lost with its pool: ${dataset}. What is left of the bench on the host is taken away`];
  if (storage === 'destroyed') return [`  Lost: ${dataset}, ${humanSize(usedBytes)} of files and database`];
  return [`  Kept: ${dataset ?? 'its dataset'} with every snapshot, as ${preservedAs}`];
}

function count(snapshots: readonly string[]): string {
  return snapshots.length === 1 ? 'the snapshot' : `${snapshots.length} snapshots:`;
}

const SHOWN = 8;

function listed(tags: readonly string[]): string {
  const shown = tags.slice(0, SHOWN).map(onOneLine).join(', ');
  return tags.length > SHOWN ? `${shown} and ${tags.length - SHOWN} older` : shown;
}

function volumeLine({ name, becomes, lostBytes }: ReleasedVolume): string {
  const stays = becomes === 'available' ? 'stays, and becomes available' : 'stays, and others have it';
  const lost = lostBytes === null ? '' : `; lost: its private copy (${humanSize(lostBytes)})`;
  return onOneLine(`  Volume ${name}: ${stays}${lost}`);
}

export function droppedText({ bench, storage, preservedAs }: DropPreview): string {
  if (storage === 'lost') return `Forgot ${bench}: nothing of it is left on this host.`;
  if (storage !== 'preserved') return `Dropped ${bench}.`;
  return `Dropped ${bench}; its storage is kept as ${preservedAs}. To take it up: bench init -b NEW --from-volume ${bench}`;
}
