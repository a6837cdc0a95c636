import { join } from 'node:path';
import { type Layout, type Part, SENTINEL } from '../bench/layout.js';
import { type Content, contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { type Mount, mountAt, showsDataset } from '../host/mounts.js';
import { inspectMove, type MoveFacts } from './move.js';

/** Where one directory of the bench stands between the host and the dataset. */
export interface PartFacts {
  part: Part;
  /** What is mounted at the target now. */
  mount: 'none' | 'dataset' | { foreign: string };
  /** What lies at the target while nothing is mounted there; `unseen` below a mount. */
  target: Content | 'unseen';
  /** What the dataset holds; `ours` has the sentinel; `unseen` while the dataset is not mounted. */
  source: Content | 'ours' | 'unseen';
  /** Where an interrupted migration has put the original. */
  movedTo: string | undefined;
  /** Only where there are files to bring in. */
  move: MoveFacts | undefined;
}

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
  const hasStaging = datasetVisible && (await exists(part.staging));
  return {
    part,
    mount: mount === undefined ? 'none' : ours ? 'dataset' : { foreign: `${mount.fstype} ${mount.source}` },
    target,
    source,
    movedTo: datasetVisible ? await readMark(part.stagingMark) : undefined,
    move: target === 'data' && source !== 'ours' ? await inspectMove(runner, part, hasStaging) : undefined,
  };
}

async function readMark(path: string): Promise<string | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : (JSON.parse(text) as { movedTo: string }).movedTo;
}
