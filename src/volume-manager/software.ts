import { RefusedError } from '../errors.js';
import { contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { hasApt, missingPackages } from '../host/packages.js';
import { unitStates } from '../host/systemd.js';
import { zfsInstallLines, zfsSupport } from '../host/zfs-support.js';
import { DEFAULT_DATADIR, DEFAULT_UNIT, HOLD_BACK, SERVER_UNITS } from '../mariadb/mariadb.js';
import type { Step } from '../steps/steps.js';
import type { SoftwareFacts } from './facts.js';

/** @param withAcl whether files will have to be given to operators */
export async function inspectSoftware(
  runner: Runner,
  { withAcl }: { withAcl: boolean },
): Promise<SoftwareFacts> {
  const missing = await missingPackages({ withAcl });
  const heldBack = await exists(HOLD_BACK);
  return {
    missingPackages: missing,
    hasApt: missing.length === 0 || (await hasApt()),
    zfs: await zfsSupport(runner),
    heldBack,
    hasDefaultData: missing.includes('mariadb-server') && (await contentOf(DEFAULT_DATADIR)) === 'data',
    otherServers: missing.includes('mariadb-server') ? await runningServers(runner) : [],
  };
}

async function runningServers(runner: Runner): Promise<string[]> {
  const states = await unitStates(runner, SERVER_UNITS);
  return SERVER_UNITS.filter((_, index) => !['inactive', 'failed'].includes(states[index]?.active ?? ''));
}

/**
 * What has to be installed and loaded before anything else can be looked at; nothing on a host that is ready. Pure.
 * @throws RefusedError where apt alone cannot bring it, before anything is changed
 */
export function planSoftware(facts: SoftwareFacts): Step[] {
  const { missingPackages: missing, zfs, heldBack, hasDefaultData } = facts;
  refuseWithoutModule(facts);
  refuseBesideServer(facts);
  const packages = heldBack && !missing.includes('mariadb-server') ? [...missing, 'mariadb-server'] : missing;
  if (packages.length > 0 && !facts.hasApt) {
    throw new RefusedError(
      'no-apt',
      `${zfs.distribution.name} has no apt-get, by which bench could install ${packages.join(', ')}. Nothing was changed.`,
      { suggestions: ['Install them, with Debian’s mariadb@.service, then run bench init again.'] },
    );
  }
  const steps: Step[] = [];
  // Old data may serve somebody as soon as their server is back.
  const holdBack = packages.includes('mariadb-server') && (heldBack || !hasDefaultData);
  if (packages.length > 0) steps.push({ kind: 'packages.install', packages, holdBack });
  if (holdBack) {
    steps.push(
      { kind: 'unit.disable', unit: DEFAULT_UNIT, reason: 'the default instance; it has never run' },
      { kind: 'file.remove', path: HOLD_BACK, reason: 'the default instance does not start any more' },
    );
  }
  if (zfs.module === 'loadable') steps.push({ kind: 'module.load', support: zfs });
  return steps;
}

/** The module has to be there first: what the tools' package brings, the kernel cannot use without. */
function refuseWithoutModule({ missingPackages: missing, zfs }: SoftwareFacts): void {
  if (zfs.module !== 'missing') return;
  const host = `${zfs.distribution.name} with kernel ${zfs.kernel}`;
  const lines = [...zfsInstallLines(zfs), 'Then run bench init again.'];
  if (missing.includes('zfsutils-linux')) {
    throw new RefusedError('zfs-missing', `ZFS is not installed on ${host}. Nothing was changed.`, {
      suggestions: lines,
    });
  }
  throw new RefusedError(
    'zfs-module-missing',
    `The ZFS programs are installed, but there is no ZFS module for ${host}. Nothing was changed.`,
    { suggestions: ['Is it only not built for this kernel? dkms status zfs', ...lines] },
  );
}

/** Installing MariaDB's package would replace the program of a server that serves data, or get in its way. */
function refuseBesideServer({ otherServers }: SoftwareFacts): void {
  const [server] = otherServers;
  if (server === undefined) return;
  throw new RefusedError(
    'other-database-server',
    `${otherServers.join(', ')} runs on this host and is not from Debian's mariadb-server. Nothing was changed.`,
    {
      suggestions: [
        `Look whose data it serves: systemctl status ${server}`,
        'A bench needs the package mariadb-server with its mariadb@.service; bench replaces no other server.',
      ],
    },
  );
}
