import { rm } from 'node:fs/promises';
import type { Kind } from '../kind.js';

export interface FileRemove {
  kind: 'file.remove';
  path: string;
  reason: string;
}

export const fileRemove: Kind<FileRemove> = {
  describe: ({ path, reason }) => `Remove ${path} (${reason})`,
  commands: () => [],
  apply: ({ path }) => rm(path, { force: true }),
};
