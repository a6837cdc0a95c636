import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { formatArgv } from '../host/exec.js';
import { type CloneState, type Dataset, isHeld } from '../zfs/zfs.js';
import type { RecordedClone } from './host-record.js';

/** What `--json` says of a bench that was made as a clone. */
export interface CloneJson {
  /** The bench that it is a copy of, and the tag of the snapshot that it was made of. */
  source: string;
  tag: string;
  /** The template that it was made from. */
  template: string | null;
  state: CloneState;
  /** It shares no blocks with its source's snapshots any more: it was promoted. */
  independent: boolean;
  /** ISO 8601, UTC; null where it has no end. */
  expiresAt: string | null;
  protected: boolean;
}

/** Null for a bench that is none. Pure. */
export function cloneJson(dataset: Pick<Dataset, 'clone' | 'origin'> | undefined): CloneJson | null {
  if (dataset?.clone === undefined) return null;
  const { source, tag, template, state, expiresAt, isProtected } = dataset.clone;
  return {
    source,
    tag,
    template: template ?? null,
    state,
    independent: dataset.origin === undefined,
    expiresAt: expiresAt?.toISOString() ?? null,
    protected: isProtected,
  };
}

/** The benches whose datasets share blocks with snapshots of this one, which so cannot be destroyed. Pure. */
export function clonesOf(name: string, datasets: readonly Dataset[]): string[] {
  return clonesByOrigin(datasets).get(name) ?? [];
}

/** What {@link clonesOf} finds, of all datasets that have clones: a host of many is gone through once. Pure. */
export function clonesByOrigin(datasets: readonly Dataset[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { origin, bench, name } of datasets) {
    // What a restore has set aside begins with an underscore, and is no bench.
    if (origin === undefined || bench === undefined || name.includes('/_')) continue;
    const source = origin.slice(0, origin.indexOf('@'));
    found.set(source, [...(found.get(source) ?? []), bench]);
  }
  return found;
}

/** The snapshot of a clone to which `bench clone reset` goes back: before anything has run on it. */
export const RESET_TAG = 'as-cloned';

/** The command that goes on with a clone where it was cut off, or has failed. Pure. */
export function finishCloneCommand(
  bench: string,
  { source, template }: { source: string; template?: string | null | undefined },
): string {
  const of = template === undefined || template === null ? [source] : ['--template', template];
  return formatArgv(['bench', 'clone', ...of, bench]);
}

/**
 * What keeps a clone from acting is written on its dataset and on this host, and travels with no copy.
 * @throws RefusedError `clone-held`
 */
export function refuseHeldClone(bench: string, { clone }: Pick<Dataset, 'clone'>): void {
  if (clone === undefined || !isHeld(clone)) return;
  const isWhole = clone.state === 'held';
  throw new RefusedError(
    'clone-held',
    `${bench} is a clone that must not act: a bench made of a copy of it would have events and replicas on, as ${clone.source} has. Nothing was changed.`,
    {
      suggestions: isWhole
        ? [`Where it may act: bench clone release ${bench}`]
        : [`Make it whole first: ${finishCloneCommand(bench, clone)}`],
    },
  );
}

/**
 * Whether what its bench.toml says of times waits for a `bench init`: a clone of a bench has its source's bench.toml, which
 * was not written for it. Pure.
 * @param clone as {@link cloneJson} tells it
 */
export function isTimedByInit(clone: CloneJson | null): boolean {
  return clone !== null && clone.template === null && !clone.independent;
}

/** What is recorded of it outside of its dataset. Pure. */
export function recordedClone(dataset: Pick<Dataset, 'clone'> | undefined): RecordedClone | undefined {
  if (dataset?.clone === undefined) return undefined;
  const { source, serverId, heldUnits } = dataset.clone;
  return { source, serverId, isHeld: isHeld(dataset.clone), heldUnits };
}

/**
 * The bench.toml of a clone is that of its source. What of it does not hold for the clone: units that are the
 * source's, and its guaranteed space, of which a clone has as much as ZFS says (`bench volume set` changes both). Pure.
 */
export function asClone(
  config: BenchConfig,
  dataset: Pick<Dataset, 'clone' | 'reservationBytes'> | undefined,
): BenchConfig {
  if (dataset?.clone === undefined) return config;
  const own = withoutUnits(config, dataset.clone.heldUnits);
  return { ...own, volume: { ...own.volume, reservationBytes: dataset.reservationBytes } };
}

/** The same with these units left out: what bench stops, starts and guards is not theirs. Pure. */
export function withoutUnits(config: BenchConfig, held: readonly string[]): BenchConfig {
  const units = config.maintenance.units.filter((unit) => !held.includes(unit));
  return { ...config, maintenance: { ...config.maintenance, units } };
}

/**
 * Those of a source's units that its clone must leave alone: they carry the source's name, or are another bench's, whose
 * guard they have. Pure.
 * @param units of the bench.toml that the clone gets
 * @param others every other bench of the host, the source among them
 */
export function unitsToHold(
  units: readonly string[],
  source: string,
  others: readonly { name: string; units: readonly string[] }[],
): { unit: string; because: string }[] {
  return units.flatMap((unit) => {
    const owner = others.find((other) => other.units.includes(unit));
    if (owner !== undefined) return [{ unit, because: `it is a unit of the bench ${owner.name}` }];
    return carriesName(unit, source) ? [{ unit, because: `it carries the name of ${source}` }] : [];
  });
}

/** As a word of its own: `shop-web.service` and `worker@shop.service` are of shop, `bookshop.service` is not. Pure. */
function carriesName(unit: string, bench: string): boolean {
  // As systemd writes a hyphen in an instance's name (systemd.unit(5)); a bench's name holds nothing special here.
  const plain = unit.replaceAll('\\x2d', '-');
  return new RegExp(`(^|[^A-Za-z0-9])${bench}([^A-Za-z0-9]|$)`, 'i').test(plain);
}
