import { join } from 'node:path';
import { holdsOnlyConfig, type Layout, type Part, SENTINEL } from '../bench/bench.js';
import { contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { type Mount, mountAt, showsDataset } from '../host/mounts.js';
import type { PartFacts } from './facts.js';
import { inspectMove } from './move.js';

export async function inspectPart(
  layout: Layout,
  part: Part,
  mounts: readonly Mount[],
  datasetVisible: boolean,
  runner: Runner,
): Promise<PartFacts> {
  const mount = mountAt(mounts, part.target);
  const ours = showsDataset(mounts, part.target, layout.dataset, `/${part.name}`);
  const target = mount === undefined ? await contentOf(part.target) : 'unseen';
  const source = !datasetVisible
    ? 'unseen'
    : (await exists(join(part.source, SENTINEL)))
      ? 'ours'
      : await contentOf(part.source);
  const mark = datasetVisible ? await readMark(part.stagingMark) : undefined;
  const hasStaging = datasetVisible && (await exists(part.staging));
  return {
    part,
    mount: mount === undefined ? 'none' : ours ? 'dataset' : { foreign: `${mount.fstype} ${mount.source}` },
    target,
    source,
    movedTo: mark?.movedTo,
    disposable:
      target === 'data'
        ? part.name === 'benches' && (await holdsOnlyConfig(part.target))
        : mark?.disposable === true,
    move: target === 'data' && source !== 'ours' ? await inspectMove(runner, part, hasStaging) : undefined,
  };
}

async function readMark(path: string): Promise<{ movedTo: string; disposable?: boolean } | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : JSON.parse(text);
}
