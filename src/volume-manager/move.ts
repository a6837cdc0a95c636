import { join } from 'node:path';
import type { Part } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { writersBelow } from '../host/writers.js';
import type { Step } from '../steps/steps.js';
import type { Backing } from './backing.js';
import type { DesiredSizes } from './desired-sizes.js';
import type { Facts, MoveFacts } from './facts.js';

/** The units that were stopped for a move: their only trace, should init be killed before it has started them again. */
export function stoppedUnitsPath(bench: string): string {
  return join(stateDir(bench), 'stopped-units.json');
}

/** Looks through a directory that is to be moved; one `du` for it and its unfinished copy. */
export async function inspectMove(runner: Runner, part: Part, hasStaging: boolean): Promise<MoveFacts> {
  const [usedBytes = 0, stagedBytes = 0] = await diskUsage(
    runner,
    hasStaging ? [part.target, part.staging] : [part.target],
  );
  return { usedBytes, stagedBytes, writers: await writersBelow(part.target) };
}

/** A whole bench may take a while to walk through. */
const DU_TIMEOUT_MS = 3_600_000;

/** Allocated bytes by du(1), which exits with 1 where a file has gone while it was looking. */
async function diskUsage(runner: Runner, paths: readonly string[]): Promise<number[]> {
  const { stdout } = await runner.run({
    // The slash: a directory that is a symlink is counted for what it leads to.
    argv: ['du', '--summarize', '--block-size=1', '--', ...paths.map((path) => `${path}/`)],
    privileged: true,
    okExitCodes: [0, 1],
    timeoutMs: DU_TIMEOUT_MS,
  });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => Number.parseInt(line, 10));
}

export interface Move {
  /** What has to stand still while files are copied. */
  before: Step[];
  /** What goes on when they are in place and MariaDB answers. */
  after: Step[];
}

/**
 * What surrounds the moves of a plan. Pure.
 * @throws RefusedError `no-room` or `directory-in-use`, before anything is touched
 */
export function planMove(config: BenchConfig, facts: Facts): Move {
  const parts = Object.values(facts.parts);
  const moving = parts.some(({ move, movedTo, source }) => move !== undefined || isResumed(movedTo, source));
  const stop = moving ? facts.activeUnits : [];
  const stopped = [...new Set([...facts.stoppedUnits, ...stop])];
  const start = [...new Set([...stopped, ...facts.heldBackUnits])];
  const note = stoppedUnitsPath(config.name);
  return {
    before: stop.length === 0 ? [] : [{ kind: 'units.stop', units: stop, stopped, note }],
    after: start.length === 0 ? [] : [{ kind: 'units.start', units: start, note }],
  };
}

function isResumed(movedTo: string | undefined, source: string): boolean {
  return movedTo !== undefined && source !== 'ours';
}

/** A copy that something writes into is no copy; units of the bench are stopped, everybody else has to be named. */
export function refuseWriters(config: BenchConfig, facts: Facts): void {
  const ours = [facts.layout.unit, ...config.maintenance.units];
  for (const { part, move } of Object.values(facts.parts)) {
    const others = (move?.writers ?? []).filter(({ unit }) => unit === undefined || !ours.includes(unit));
    if (others.length === 0) continue;
    const names = others.map(
      ({ name, pid, unit }) => `${name} (pid ${pid}${unit === undefined ? '' : `, ${unit}`})`,
    );
    throw new RefusedError(
      'directory-in-use',
      `These processes write below ${part.target}, which is to be copied: ${names.join(', ')}. Nothing was changed.`,
      {
        suggestions: [
          'Services of the bench belong into maintenance.units of bench.toml: init stops and starts those.',
          'End the others, then run bench init again.',
        ],
      },
    );
  }
}

/** ZFS needs a little more for many small files than the file system they come from. */
const OVERHEAD = 1.05;

/** @throws RefusedError `no-room`: what is to be brought in does not fit */
export function refuseTooLarge(facts: Facts, backing: Backing, sizes: DesiredSizes): void {
  const moves = Object.values(facts.parts).flatMap(({ part, move }) =>
    move === undefined ? [] : [{ path: part.target, ...move }],
  );
  if (moves.length === 0) return;
  const needed = moves.reduce((sum, move) => sum + move.usedBytes, 0) * OVERHEAD;
  const staged = moves.reduce((sum, move) => sum + move.stagedBytes, 0);
  const available = roomFor(facts, backing, sizes) + staged;
  if (needed <= available) return;
  throw new RefusedError(
    'no-room',
    `${moves.map(({ path, usedBytes }) => `${path} (${humanSize(usedBytes)})`).join(' and ')} ` +
      `cannot be brought into ${facts.layout.dataset}, which has room for ${humanSize(available)}. Nothing was changed.`,
    { suggestions: ['Set a larger volume.dataset.quota in bench.toml, or use a larger disk or image.'] },
  );
}

function roomFor(facts: Facts, backing: Backing, sizes: DesiredSizes): number {
  const { dataset, pool } = facts;
  if (dataset !== undefined)
    return dataset.availableBytes + Math.max(0, sizes.quotaBytes - dataset.quotaBytes);
  const root = pool?.datasets.find(({ name }) => name === pool.name);
  return Math.min(sizes.quotaBytes, root?.availableBytes ?? backing.usableBytes);
}
