import { join } from 'node:path';
import { otherBenches } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { checkConfig, invalidConfig } from '../config/load.js';
import { VolumeError } from '../errors.js';
import { readFileCarefully } from '../host/atomic-file.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { readRegistry } from '../registry/registry.js';
import { lostVolumes, takeUpChanges } from './new-config.js';

/**
 * The bench.toml of a volume that is mounted, made that of the bench which takes it up.
 * @returns the text, and what of it the bench does without, one sentence each
 * @throws VolumeError `kept-volume-empty`; UsageError `config-invalid`
 */
export async function adoptedConfig(
  mountpoint: string,
  wanted: BenchConfig,
  runner: Runner,
): Promise<{ content: string; notes: string[] }> {
  const file = join(mountpoint, 'benches', 'bench.toml');
  const bytes = await readFileCarefully(file);
  if (bytes === undefined) {
    throw new VolumeError('kept-volume-empty', `There is no ${file}: what was kept is no bench.`, {
      suggestions: [`ls -la ${mountpoint}`, `To take away what was begun: bench drop ${wanted.name}`],
    });
  }
  const kept = await checkConfig(bytes, file);
  if (kept.config === undefined) throw invalidConfig(file, kept.findings);
  const { volume, maintenance } = kept.config;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const lost = lostVolumes(
    { ...kept.config, name: wanted.name },
    await readRegistry(runner, [wanted.volume.pool]),
  );
  const taken = await unitsOfOthers(wanted.name, maintenance.units);
  const units = maintenance.units.filter((unit) => !taken.some((each) => each.unit === unit));
  // The editor of TOML is loaded only where it is used.
  const { editText, editVolumesText } = await import('../config/edit.js');
  const changed = editText(text.replace('\ufeff', ''), [
    ...takeUpChanges(text.replace('\ufeff', ''), wanted, wanted.volume.pool),
    ...(taken.length === 0 ? [] : [{ key: 'maintenance.units', value: units }]),
  ]);
  return {
    content: editVolumesText(
      changed,
      lost.map(({ name }) => ({ remove: name })),
    ),
    notes: [
      ...lost.map(({ name, because }) => `It does without the volume ${onOneLine(name)}: ${because}.`),
      ...taken.map(
        ({ unit, owner }) => `${unit} is left out of maintenance.units: it is a unit of the bench ${owner}.`,
      ),
      ...units.map((unit) => `${unit} is not started by itself: systemctl enable --now ${unit}`),
      ...(volume.quotaBytes === undefined ? ['Its quota is computed anew.'] : []),
    ],
  };
}

async function unitsOfOthers(
  name: string,
  units: readonly string[],
): Promise<{ unit: string; owner: string }[]> {
  if (units.length === 0) return [];
  const others = await otherBenches(name);
  return units.flatMap((unit) => {
    const owner = others.find(({ maintenance }) => maintenance.units.includes(unit));
    return owner === undefined ? [] : [{ unit, owner: owner.name }];
  });
}
