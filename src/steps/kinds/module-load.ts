import { loadModule, loadZfs, type ZfsSupport } from '../../host/zfs-support.js';
import type { Kind } from '../kind.js';

export interface ModuleLoad {
  kind: 'module.load';
  support: ZfsSupport;
}

export const moduleLoad: Kind<ModuleLoad> = {
  describe: () => 'Load the ZFS kernel module',
  commands: () => [loadModule()],
  apply: ({ support }, { run }) => loadZfs(run, support),
};
