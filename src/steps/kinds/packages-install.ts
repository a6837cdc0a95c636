import { runApt, waitForApt } from '../../host/apt.js';
import { installPackages } from '../../host/packages.js';
import { replaceFile } from '../../host/records.js';
import { HOLD_BACK, HOLD_BACK_TEXT } from '../../mariadb/mariadb.js';
import type { Kind } from '../kind.js';
import { aptProgress } from '../progress.js';

export interface PackagesInstall {
  kind: 'packages.install';
  packages: readonly string[];
  /** MariaDB's own default instance comes with them, and must not start. */
  holdBack: boolean;
}

export const packagesInstall: Kind<PackagesInstall> = {
  describe: ({ packages, holdBack }) =>
    `Install ${packages.join(', ')}${holdBack ? ', without starting the default instance' : ''}`,
  commands: ({ packages }) => installPackages(packages),
  apply: async ({ holdBack }, { runner, commands, report }) => {
    await waitForApt({ report });
    if (holdBack) await replaceFile(HOLD_BACK, HOLD_BACK_TEXT);
    await runApt(runner, commands, { report });
  },
  progress: { argument: 'install', reader: aptProgress },
};
