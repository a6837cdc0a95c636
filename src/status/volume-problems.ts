import type { BenchConfig, WantedVolume } from '../config/config.js';
import { humanSize } from '../config/size.js';
import {
  attachmentOf,
  describeAttachment,
  detachCommand,
  isBenchAttachment,
  type Volume,
} from '../registry/registry.js';
import { unwanted } from '../volumes/volumes.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';

/** Share of its size from which a volume is in danger: at the size itself every write fails. */
const NEARLY_FULL = 0.9;

/**
 * What of its volumes a bench does not have, and why: the cause of what is not mounted. Pure.
 * @param mend what makes true what bench.toml says
 */
export function volumeProblems(config: BenchConfig, { registry }: Evidence, mend: string): Problem[] {
  if (registry === undefined) return [];
  const ofWanted = config.volumes.flatMap((wanted) => {
    const volume = registry.volumes.find(({ role, name }) => role === 'data' && name === wanted.name);
    return volume === undefined
      ? [missing(config.name, wanted)]
      : [...ownership(config, wanted, volume, mend), ...nearlyFull(volume, wanted)];
  });
  const notWanted = unwanted(config, registry).map(({ name }) =>
    problem(
      'volume-unwanted',
      `The volume ${name} is attached to ${config.name}, and bench.toml does not say so.`,
      `bench volume detach ${name} -b ${config.name}`,
    ),
  );
  return [...ofWanted, ...notWanted];
}

function missing(bench: string, { name, path }: WantedVolume): Problem {
  return problem(
    'volume-missing',
    `There is no volume ${name}, which ${bench} wants at ${path}. Was it renamed or is its pool not imported?`,
    `bench volume list; if it is lost for good: bench volume detach ${name} -b ${bench}`,
  );
}

function ownership(config: BenchConfig, wanted: WantedVolume, volume: Volume, mend: string): Problem[] {
  const { name, attachments, state, damaged } = volume;
  if (damaged.length > 0)
    return [
      problem(
        'volume-damaged',
        `${volume.dataset} has properties that bench cannot read: ${damaged.join(', ')}.`,
        `zfs get -s local,received all ${volume.dataset}`,
      ),
    ];
  if (state !== 'whole')
    return [
      problem('volume-incomplete', `The volume ${name} is not complete.`, `bench volume repair ${name}`),
    ];
  const own = attachmentOf(volume, { bench: config.name });
  if (own !== undefined) {
    const isSame = isBenchAttachment(own) && own.path === wanted.path && own.mode === wanted.mode;
    if (isSame) return [];
    const message = `The volume ${name} is attached to ${describeAttachment(own)}; bench.toml wants ${wanted.path}, ${wanted.mode}.`;
    return [problem('volume-differs', message, `${detachCommand(name, own)} && ${mend}`)];
  }
  const other = attachments.find(({ mode }) => mode === 'rw' || wanted.mode === 'rw');
  if (other !== undefined && !volume.shared) {
    const message = `The volume ${name} belongs to ${describeAttachment(other)}, and ${config.name} wants it (${wanted.mode}).`;
    return [problem('volume-elsewhere', message, `${detachCommand(name, other)} && ${mend}`)];
  }
  return [problem('volume-not-attached', `The volume ${name} is not attached to ${config.name} yet.`, mend)];
}

function nearlyFull({ name, sizeBytes, usedBytes }: Volume, { mode }: WantedVolume): Problem[] {
  if (sizeBytes === 0 || mode === 'ro' || usedBytes < sizeBytes * NEARLY_FULL) return [];
  const message = `The volume ${name} holds ${humanSize(usedBytes)} of ${humanSize(sizeBytes)}: at its size every write fails.`;
  return [
    problem(
      'volume-full',
      message,
      `bench volume resize ${name} ${Math.ceil((sizeBytes * 1.5) / 1024 ** 3)}G`,
    ),
  ];
}
