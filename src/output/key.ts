import type {
  Exported,
  KeyStatus,
  Loaded,
  Rotated,
  Rotation,
  Unloaded,
  UnloadPlan,
} from '../encryption/encryption.js';
import { table } from './table.js';

/** For people. */
export function keyStatusText(status: KeyStatus): string {
  const { stored, escrow, sharedWith, encryptionRoot, dataset } = status;
  const rows = [
    ['Bench', status.bench],
    ['Key', status.key ?? 'unknown: nothing says which'],
    ['State', status.loaded ? 'loaded' : 'NOT LOADED'],
    ['Comes from', `${status.source} (${stored.path}${stored.present ? '' : ', which is NOT THERE'})`],
    ['In memory', memory(status)],
    ['At boot', status.unit.enabled ? status.unit.name : `${status.unit.name} is NOT ENABLED`],
    ...(encryptionRoot === dataset ? [] : [['Belongs to', encryptionRoot]]),
    ...(sharedWith.length === 0 ? [] : [['Shared with', sharedWith.join(', ')]]),
    ['Copy', escrow === null ? 'NONE that bench knows of' : `${escrow.at}, for ${escrow.to.join(', ')}`],
  ];
  const lines = [table(rows as string[][])];
  if (escrow !== null && !escrow.current)
    lines.push(`The copy is of another key. Next: bench key export FILE -b ${status.bench}`);
  if (escrow === null) lines.push(`Next: bench key export FILE -b ${status.bench}`);
  if (!status.loaded) lines.push(`Next: bench key load -b ${status.bench}`);
  if (status.rotating)
    lines.push(`A rotation was cut off. Next: bench key rotate -b ${status.bench}, which finishes it`);
  return lines.join('\n');
}

function memory({ inMemory, key }: KeyStatus): string {
  if (inMemory === null) return 'no';
  return inMemory === key ? 'yes' : `another one: ${inMemory}`;
}

export function loadedText({ bench, key, changed, stored }: Loaded): string {
  const kept = stored ? ' It is kept for the next boot.' : '';
  return changed
    ? `Key ${key} is loaded, and ${bench} is up.${kept}`
    : `Key ${key} was loaded already, and ${bench} is up.${kept}`;
}

export function unloadText({ bench }: UnloadPlan): string {
  return `Everything of ${bench} stops, and nobody can read it until: bench key load -b ${bench}`;
}

export function unloadedText({ bench }: Unloaded): string {
  return `The key of ${bench} is unloaded. Next: bench key load -b ${bench}`;
}

export function rotationText({ finishes, datasets }: Rotation): string {
  const what = datasets.join(', ');
  return finishes
    ? `A rotation was cut off: ZFS has the new key for ${what} already, and it is only recorded.`
    : `The new key opens ${what}; the old one does not any more. Raw copies that were sent before keep the old one.`;
}

export function rotatedText({ bench, key, finished }: Rotated): string {
  return `${finished ? 'The rotation is finished' : 'The key is changed'}: ${bench} has key ${key ?? 'unknown'} now.`;
}

export function exportedText({ path, key, datasets }: Exported): string {
  return `Key ${key} of ${datasets.join(', ')} is in ${path}. Next: keep that file on another machine.`;
}
