import type { BenchConfig } from '../config/config.js';
import { readFleet } from '../config/host-config.js';
import { benchesRoot } from '../host/environment.js';
import { readText } from '../host/files.js';
import type { Step } from '../steps/steps.js';
import { programPath, unitPath } from '../timers/timers.js';
import type { Replicated } from './replicated.js';
import { dropInPath, dropInText, guardedUnits, guardText, guardUnit } from './units.js';

/** A file that should have this content, or should not be there. */
interface WantedFile {
  path: string;
  is: string | undefined;
  /** Undefined where it should go. */
  wanted: string | undefined;
  purpose: string;
}

/**
 * The steps by which what asks the other host before a start follows [replicate] of bench.toml: made, changed or taken
 * away. No process.
 */
export async function planGuards(config: BenchConfig): Promise<Step[]> {
  if (config.fromRecord) return [];
  return planFiles(await wantedFiles(config));
}

/** What {@link planGuards} may have written for a bench. */
export function guardFiles(config: Pick<BenchConfig, 'name' | 'mariadb' | 'maintenance'>): string[] {
  return [unitPath(guardUnit(config.name)), ...guardedUnits(config).map(dropInPath)];
}

async function wantedFiles(config: BenchConfig): Promise<WantedFile[]> {
  const { name, replicate } = config;
  const replicated = replicate === undefined ? undefined : ({ ...config, replicate } as Replicated);
  const programs = { program: await programPath(), benchesRoot: benchesRoot() };
  const file = async (path: string, purpose: string, wanted: string | undefined) => ({
    path,
    is: await readText(path),
    wanted,
    purpose,
  });
  const guard = await file(
    unitPath(guardUnit(name)),
    'whether another host has taken the bench up',
    replicated && guardText(replicated, programs),
  );
  const rule = replicated === undefined ? undefined : (await readFleet())?.start;
  const dropIns = guardedUnits(config).map((unit) =>
    file(
      dropInPath(unit),
      `${unit} starts only where no other host has taken the bench up`,
      replicated && dropInText(name, rule),
    ),
  );
  return [guard, ...(await Promise.all(dropIns))];
}

/** Pure. Killed anywhere, the next plan goes on from what is there. */
export function planFiles(files: readonly WantedFile[]): Step[] {
  const changes = files.flatMap(({ path, is, wanted, purpose }): Step[] => {
    if (is === wanted) return [];
    return wanted === undefined
      ? [{ kind: 'file.remove', path, reason: 'bench.toml names no host for copies' }]
      : [{ kind: 'file.write', path, content: wanted, purpose }];
  });
  return changes.length === 0 ? [] : [...changes, { kind: 'systemd.reload' }];
}
