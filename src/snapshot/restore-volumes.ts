import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readHostRecord, utcStamp } from '../bench/bench.js';
import { setAside } from '../host/atomic-file.js';
import { lookBelow } from '../host/bench-path.js';
import type { Command } from '../host/exec.js';
import { parseFstab, readFstab } from '../host/fstab.js';
import { mountAt, readMounts, unmount } from '../host/mounts.js';
import { attachmentOf, readRegistry } from '../registry/registry.js';
import { applySteps } from '../steps/steps.js';
import { planBenchVolumes } from '../volumes/volumes.js';
import { setProperties, unmountDataset } from '../zfs/zfs.js';
import type { Restore } from './restore-state.js';

/**
 * Takes every volume out of the directory of the bench, and unmounts those that go back with it: as the bench's own
 * dataset, they are not mounted by a boot from here on.
 */
export async function unmountVolumes(
  { runner, journal, layout }: Restore,
  patiently: (command: Command) => Promise<void>,
): Promise<void> {
  for (const { target } of layout.volumes)
    if (mountAt(await readMounts(), target) !== undefined) await patiently(unmount(target));
  for (const { dataset } of journal.volumes) {
    const isMounted = (await readMounts()).some(({ source, root }) => source === dataset && root === '/');
    // In the middle of a swap there is none by this name, and what is there is so already.
    if (journal.mode === 'rollback' || isMounted)
      await runner.run(setProperties(dataset, { canmount: 'noauto' }));
    if (isMounted) await patiently(unmountDataset(dataset));
  }
}

/**
 * Shows the bench its volumes again, as they are attached now, whatever the snapshot knew of them. What lies in their
 * way there, because it is older than the attachment, is moved aside.
 */
export async function showVolumes(restore: Restore): Promise<void> {
  const { config, runner, layout, step } = restore;
  if (config.volumes.length === 0) return;
  await step('Mount the volumes', async () => {
    const registry = await readRegistry(runner, [config.volume.pool]);
    const attached = config.volumes.filter(({ name }) =>
      registry.volumes.some((volume) => volume.name === name && attachmentOf(volume, { bench: config.name })),
    );
    for (const { path } of attached) await clearTarget(restore, path);
    const { uid, gid } = await lstat(config.file);
    const { prepare, show } = planBenchVolumes(
      { ...config, volumes: attached },
      {
        layout,
        registry,
        limits: {},
        mounts: await readMounts(),
        fstab: parseFstab(await readFstab()),
        owner: { uid, gid },
        record: await readHostRecord(config.name),
      },
    );
    await applySteps([...prepare, ...show], runner);
  });
}

async function clearTarget({ layout, notes }: Restore, path: string): Promise<void> {
  const directory = layout.parts.benches.target;
  const target = `${directory}/${path}`;
  if (mountAt(await readMounts(), target) !== undefined) return;
  const state = await lookBelow(directory, path);
  if (state.kind === 'missing' || state.kind === 'empty') return;
  const inTheWay = state.kind === 'data' ? target : state.at;
  const aside = `${basename(inTheWay)}.before-volume-${utcStamp(new Date())}`;
  await setAside(inTheWay, aside);
  notes.push(`${inTheWay} is older than the volume that is seen there: it is ${aside} beside it now.`);
}
