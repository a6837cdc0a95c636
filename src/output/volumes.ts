import { humanSize } from '../config/size.js';
import { onOneLine } from '../printable.js';
import { describeAttachment } from '../registry/registry.js';
import type { Changed, DeletePreview, VolumeDetails, VolumeJson, VolumeList } from '../volumes/volumes.js';
import { localless } from './columns.js';
import { planJson, planText } from './steps.js';
import { table } from './table.js';

/** What the commands print with `--json` that change data volumes. */
export type ChangeJson = ReturnType<typeof planJson> & {
  dryRun: boolean;
  changed: boolean;
  /** As it is now; null where it is not there. */
  volume: VolumeJson | null;
};

export function changeJson({ steps, notes, dryRun, volume }: Changed): ChangeJson {
  return {
    ...planJson({ steps, notes, complete: true }),
    dryRun,
    changed: !dryRun && steps.length > 0,
    volume,
  };
}

/** @param done the sentence where something was changed */
export function changeText(changed: Changed, done: string): string {
  const { steps, notes, dryRun } = changed;
  const lines = notes.map((note) => `Note: ${onOneLine(note)}`);
  if (steps.length === 0) return ['It is so already: nothing to do.', ...lines].join('\n');
  if (dryRun) return planText({ steps, notes, complete: true });
  return [done, ...lines].join('\n');
}

const HEADINGS = ['ID', 'NAME', 'KIND', 'SIZE', 'USED', 'STATUS', 'ATTACHED TO'];

/** One line a volume, and what each pool has. */
export function volumeListText({ volumes, pools }: VolumeList): string {
  const rows = volumes.map((volume) => [
    volume.id,
    onOneLine(volume.role === 'data' ? volume.name : `${volume.name} (${volume.role})`),
    volume.format ?? volume.kind,
    size(volume.sizeBytes),
    humanSize(volume.usedBytes),
    volume.status,
    onOneLine(volume.role === 'root' ? '' : volume.attachments.map(describeAttachment).join(', ')),
  ]);
  const sums = pools.map(
    ({ name, usedBytes, availableBytes, volumes: count, provisionedBytes }) =>
      `Pool ${name}: ${humanSize(usedBytes)} used, ${humanSize(availableBytes)} free; ` +
      `${count} data ${count === 1 ? 'volume' : 'volumes'} that may grow to ${humanSize(provisionedBytes)}`,
  );
  return [rows.length === 0 ? 'No volume.' : table([HEADINGS, ...rows]), ...sums].join('\n');
}

/** 0: a filesystem without a quota. */
function size(bytes: number): string {
  return bytes === 0 ? 'none' : humanSize(bytes);
}

export function volumeText(volume: VolumeDetails): string {
  const line = (label: string, text: string) => `${label.padEnd(13)}${onOneLine(text)}`;
  const list = (label: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : lines.map((text, index) => line(index === 0 ? label : '', text));
  return [
    line('Volume', `${volume.name}  ${volume.id}  ${volume.status}`),
    line('Kind', volume.format === null ? volume.kind : `${volume.kind}, ${volume.format}`),
    ...(volume.shared ? [line('Shared', 'several benches may write it; no restore rolls it back')] : []),
    ...(volume.keyLoaded === null
      ? []
      : [line('Encrypted', volume.keyLoaded ? 'its key is loaded' : 'its key is not loaded')]),
    line('Dataset', volume.dataset),
    line(volume.path === null ? 'Device' : 'Path', volume.path ?? volume.device ?? ''),
    line(
      'Size',
      `${size(volume.sizeBytes)}, ${humanSize(volume.usedBytes)} used` +
        (volume.reservedBytes > 0 ? `, ${humanSize(volume.reservedBytes)} guaranteed` : ''),
    ),
    line('Made', `${localless(volume.createdAt)} UTC`),
    ...(volume.description === '' ? [] : [line('Description', volume.description)]),
    ...list(
      'Labels',
      Object.entries(volume.labels).map(([key, value]) => `${key}=${value}`),
    ),
    ...(volume.origin === null ? [] : [line('Clone of', volume.origin)]),
    ...list('Cloned as', volume.clones),
    ...list(
      'Attached to',
      volume.attachments.map((each) => `${describeAttachment(each)} since ${localless(each.since)}`),
    ),
    ...list(
      'Snapshots',
      volume.snapshots.map(({ tag, usedBytes }) => `${tag}  ${humanSize(usedBytes)}`),
    ),
    ...list(
      'Was with',
      volume.history.map(
        (each) => `${describeAttachment(each)} from ${localless(each.since)} to ${localless(each.until)}`,
      ),
    ),
    ...list('Unreadable', volume.damaged),
  ].join('\n');
}

/** What is about to be lost. */
export function deletePreviewText({ volume, snapshots }: DeletePreview): string {
  return [
    `Delete the volume ${onOneLine(volume.name)}, for good:`,
    `  Lost: ${humanSize(volume.usedBytes)}${volume.description === '' ? '' : ` (${onOneLine(volume.description)})`}`,
    `  Lost: ${snapshots.length === 0 ? 'no snapshot' : `snapshots ${snapshots.map(onOneLine).join(', ')}`}`,
  ].join('\n');
}
