import { replaceFile } from '../../host/records.js';
import type { Kind } from '../kind.js';

export interface FileWrite {
  kind: 'file.write';
  path: string;
  content: string;
  purpose: string;
}

export const fileWrite: Kind<FileWrite> = {
  describe: ({ path, purpose }) => `Write ${path} (${purpose})`,
  commands: () => [],
  apply: ({ path, content }) => replaceFile(path, content),
};
