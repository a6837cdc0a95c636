import type { Guest } from '../../guest/guest.js';
import type { Status } from '../../src/status/status.js';
import { readJson } from '../../test/contract.js';

/** How things are with a bench, asked from the host and not from bench. */
interface Facts {
  pool: string;
  dataset: { mounted: boolean; quotaBytes: number; reservationBytes: number } | undefined;
  /** What lies at the place, as findmnt(8) tells it; empty for nothing. */
  binds: { target: string; source: string }[];
  active: boolean;
}

const MARK = '--- next ---';

/**
 * Everything about a bench that a command of it may change, as one text: what ends with exit code 3 or 4 has left it
 * as it was.
 */
export async function fingerprint(guest: Guest, bench: string): Promise<string> {
  return guest.survey(
    `zpool list -H -o name,health,altroot
    zfs list -H -p -t all -o name,origin,guid,mounted,canmount,quota,reservation,mountpoint
    zfs get -H -s local -o name,property,value all
    findmnt -rn -t zfs -o TARGET,SOURCE,OPTIONS | sort; cat /etc/fstab
    find /etc/systemd/system /etc/mysql /var/lib/bench/${bench} ! -name lock -printf '%p %M %u %s %l\\n' 2>&1 | sort
    systemctl is-active mariadb@${bench}; systemctl is-enabled mariadb@${bench}
    ls -d /srv/benches/* /var/lib/mysql*; cat /srv/benches/${bench}/bench.toml /srv/benches/${bench}/sites/common_site_config.json`,
  );
}

/** Where `bench volume status` says something else than the host does. */
export async function truth(guest: Guest, bench: string): Promise<string[]> {
  const stdout = await guest.survey(
    `bench volume status -b ${bench} --json; code=$?; echo; echo '${MARK}'; echo $code
    echo '${MARK}'; zpool list -H -o health bench-pool
    echo '${MARK}'; zfs list -H -p -o mounted,quota,reservation bench-pool/${bench}
    echo '${MARK}'; findmnt -n -o SOURCE /srv/benches/${bench}
    echo '${MARK}'; findmnt -n -o SOURCE /var/lib/mysql-${bench}
    echo '${MARK}'; systemctl is-active mariadb@${bench}`,
  );
  const [printed = '', code, health = '', dataset = '', benches = '', mariadb = '', active] = stdout
    .split(`${MARK}\n`)
    .map((part) => part.trim());
  const [mounted, quota, reservation] = dataset.split('\t');
  const facts: Facts = {
    pool: health || 'MISSING',
    dataset:
      dataset === ''
        ? undefined
        : { mounted: mounted === 'yes', quotaBytes: Number(quota), reservationBytes: Number(reservation) },
    binds: [
      { target: `/srv/benches/${bench}`, source: benches },
      { target: `/var/lib/mysql-${bench}`, source: mariadb },
    ],
    active: active === 'active',
  };
  try {
    const status = readJson<Status>(['volume', 'status'], Number(code), printed);
    return Number(code) === 0 ? differences(status, facts) : withoutStatus(Number(code), printed, facts);
  } catch (error) {
    return [`status: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A status that cannot be had is an answer only where there is nothing to tell of yet. */
function withoutStatus(code: number, printed: string, facts: Facts): string[] {
  // 2: there is no such bench any more.
  if ((code === 2 || code === 3) && facts.dataset === undefined) return [];
  // Cut off before there was a bench.toml to go by: it says that, and how it comes to its end.
  if (code === 3 && !facts.active && /"code": "(clone|take-up)-unfinished"/.test(printed)) return [];
  return [`status ended with ${code}: ${printed}`];
}

function differences({ pool, dataset, binds, mariadb, problems }: Status, facts: Facts): string[] {
  const wrong: string[] = [];
  const compare = (what: string, told: unknown, is: unknown) => {
    if (told !== is) wrong.push(`status says ${what} ${told}, and it is ${is}`);
  };
  compare('pool', pool.health, facts.pool);
  compare('mounted', dataset.mounted, facts.dataset?.mounted ?? false);
  compare('quota', dataset.quotaBytes, facts.dataset?.quotaBytes ?? 0);
  compare('reservation', dataset.reservationBytes, facts.dataset?.reservationBytes ?? 0);
  compare('MariaDB active', mariadb.active, facts.active);
  for (const { target, source } of facts.binds) {
    const isRight = source.startsWith(`${dataset.name}[/`);
    compare(`${target} mounted`, binds.find((bind) => bind.target === target)?.mounted, isRight);
    if (facts.active && target.startsWith('/var/lib') && source !== '' && !isRight)
      wrong.push(`MariaDB runs on ${source}`);
  }
  const isWhole =
    facts.dataset?.mounted === true &&
    facts.active &&
    binds.every(({ mounted, inFstab }) => mounted && inFstab);
  if (!isWhole && problems.length === 0) wrong.push('status knows of no problem');
  return wrong;
}
