import { join } from 'node:path';
import type { BenchConfig } from '../config/config.js';
import {
  bindGuardDropIn,
  guardDropIn,
  instanceConfig,
  instanceDropIn,
  upgradeService,
  upgradeUnit,
} from '../mariadb/mariadb.js';
import type { RecordedClone } from './host-record.js';
import { guardedPaths, type Layout, mountUnit, UNIT_DIRECTORY } from './layout.js';
import { SENTINEL } from './sentinel-file.js';

/** A file of bench's own outside of the dataset; `bench init` writes it wherever it differs. */
export interface HostFile {
  path: string;
  content: string;
  purpose: string;
}

/**
 * Every such file of a bench, settings before the units that use them. Pure.
 * @param clone undefined for a bench that is none: never left out, for a clone that must not act would act
 */
export function hostFiles(config: BenchConfig, layout: Layout, clone: RecordedClone | undefined): HostFile[] {
  const mounts = guardedPaths(layout);
  const { volumes } = layout;
  const guard = {
    mounts: [...mounts, ...volumes.map(({ target }) => target)],
    sentinelPaths: [
      ...mounts.map((path) => join(path, SENTINEL)),
      ...volumes.map(({ sentinel }) => sentinel),
    ],
  };
  const purpose = 'guard: the unit starts only on the mounted dataset';
  return [
    {
      path: layout.instanceConfigPath,
      content: instanceConfig({ ...config.mariadb, serverId: clone?.serverId }),
      purpose: 'settings of the MariaDB instance',
    },
    {
      path: join(UNIT_DIRECTORY, upgradeUnit(config.mariadb.instance)),
      content: upgradeService(config.mariadb),
      purpose: 'system tables follow the version of MariaDB',
    },
    ...Object.values(layout.parts).map(({ source, target }) => ({
      path: layout.dropInPath(mountUnit(target)),
      content: bindGuardDropIn(join(source, SENTINEL)),
      purpose: 'guard: the directory shows the dataset or nothing',
    })),
    ...volumes.map(({ target, sentinel }) => ({
      path: layout.dropInPath(mountUnit(target)),
      content: bindGuardDropIn(sentinel),
      purpose: 'guard: the directory shows the volume or nothing',
    })),
    { path: layout.dropInPath(layout.unit), content: instanceDropIn(guard, clone?.isHeld), purpose },
    ...config.maintenance.units.map((unit) => ({
      path: layout.dropInPath(unit),
      content: guardDropIn(guard),
      purpose,
    })),
  ];
}
