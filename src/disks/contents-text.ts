import { escapeText } from '../config/findings.js';
import type { DiskContents, DiskPart } from './describe.js';
import { formatBytes } from './format.js';
import type { Disk } from './types.js';

/** Which disk of several it is, as far as it says so: model, serial number and transport, such as `nvme`. */
export function aboutDisk({ model, serial, transport }: Identity): string {
  const about = [
    ...(model === null ? [] : [escapeText(model)]),
    ...(serial === null ? [] : [`serial ${escapeText(serial)}`]),
    ...(transport === null ? [] : [transport]),
  ];
  return about.join(', ');
}

type Identity = Pick<Disk, 'model' | 'serial' | 'transport'>;

/** Model, size, signatures and partitions of a disk, for whoever has to agree to lose them. */
export function contentsText({ disk, parts }: DiskContents): string {
  const about = [
    formatBytes(disk.sizeBytes),
    disk.model === null ? 'model unknown' : escapeText(disk.model),
    disk.serial === null ? 'no serial number' : `serial ${escapeText(disk.serial)}`,
    ...(disk.transport === null ? [] : [disk.transport]),
  ];
  const names = disk.stablePath === null ? disk.path : `${disk.path} (${disk.stablePath})`;
  return [
    `${names}: ${about.join(', ')}`,
    ...parts.map((part) => `  ${part.path}  ${formatBytes(part.sizeBytes)}  ${signaturesText(part)}`),
    ...disk.reasons.map(({ message }) => `  It ${message}.`),
  ].join('\n');
}

/** The same in one line. */
export function contentsSummary({ disk, parts }: DiskContents): string {
  const about = disk.model === null ? '' : ` of ${escapeText(disk.model)}`;
  const found = parts.map((part) => `${part.path} ${signaturesText(part)}`);
  return `${formatBytes(disk.sizeBytes)}${about}; ${found.join(', ')}`;
}

/** Labels are whatever somebody once wrote there: escaped. */
function signaturesText({ signatures }: DiskPart): string {
  const texts = signatures.map(({ type, label }) => (label === null ? type : `${type} ${escapeText(label)}`));
  return texts.length === 0 ? 'no signature' : [...new Set(texts)].join(' + ');
}
