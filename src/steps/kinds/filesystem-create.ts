import { makeNoted } from '../../registry/registry.js';
import { createDataset } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** A filesystem that belongs to no bench. It is noted before: a power cut may leave it without its marks. */
export interface FilesystemCreate {
  kind: 'filesystem.create';
  dataset: string;
  properties: Readonly<Record<string, string>>;
}

export const filesystemCreate: Kind<FilesystemCreate> = {
  describe: ({ dataset }) => `Create the filesystem ${dataset}`,
  commands: ({ dataset, properties }) => [createDataset(dataset, properties)],
  apply: ({ dataset }, { run, runner }) => makeNoted(dataset, runner, run),
};
