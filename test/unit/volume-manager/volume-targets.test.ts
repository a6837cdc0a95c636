import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layoutOf } from '../../../src/bench/bench.js';
import { checkConfig } from '../../../src/config/load.js';
import type { PartFacts } from '../../../src/volume-manager/facts.js';
import { refuseVolumeTargets } from '../../../src/volume-manager/volume-targets.js';

let root: string;
beforeEach(async () => {
  process.env.BENCHES_ROOT = await mkdtemp(join(tmpdir(), 'bench-targets-'));
  root = join(process.env.BENCHES_ROOT, 'shop');
});
afterEach(async () => {
  await rm(join(root, '..'), { recursive: true });
  delete process.env.BENCHES_ROOT;
});

/** What is refused where a bench wants a volume at a directory that holds a file, and its own directory is so. */
async function refusal(
  seen: Pick<PartFacts, 'mount' | 'target' | 'source'>,
  mounted = false,
): Promise<unknown> {
  const text = '[bench]\nname = "shop"\n[[volumes]]\nname = "files"\npath = "sites/files"\nsize = "1G"\n';
  const { config } = await checkConfig(text, join(root, 'bench.toml'));
  if (config === undefined) throw new Error('not valid');
  const { benches } = layoutOf(config).parts;
  const part = { ...benches, target: root };
  await mkdir(join(root, 'sites/files'), { recursive: true });
  await writeFile(join(root, 'sites/files/x'), '');
  const volume = { source: 'bench-pool/_volumes/files', root: '/data', target: join(root, 'sites/files') };
  const facts = {
    parts: { benches: { part, movedTo: undefined, disposable: false, move: undefined, ...seen } },
    mounts: mounted ? [{ ...volume, fstype: 'zfs', id: 1, parent: 0, options: [] }] : [],
  };
  return refuseVolumeTargets(config, facts as never).then(
    () => undefined,
    (error) => error.code,
  );
}

test('files in the place of a volume are found before it is made, also in what is to be brought in', async () => {
  expect(await refusal({ mount: 'dataset', target: 'unseen', source: 'ours' })).toBe('path-holds-files');
  expect(await refusal({ mount: 'none', target: 'data', source: 'empty' })).toBe('path-holds-files');
});

test('what is seen there already, and what cannot be seen, is in no way', async () => {
  expect(await refusal({ mount: 'dataset', target: 'unseen', source: 'ours' }, true)).toBeUndefined();
  expect(await refusal({ mount: 'none', target: 'data', source: 'ours' })).toBeUndefined();
});
