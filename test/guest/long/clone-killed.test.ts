import { beforeAll, expect, test } from 'vitest';
import type { TemplateList } from '../../../src/clone/clone.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { pushKillWalk } from '../kill-walk-support.js';
import { benchJson, contentOf, fillBench, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G' }] });

/** Some sixty runs; each may take half a minute where the machine is busy. */
const WALK_MS = 3_000_000;

let filled: string;

beforeAll(async () => {
  await pushKillWalk(guest());
  await guest().sh('bench new shop; bench init -b shop', { timeoutMs: 280_000 });
  await fillBench(guest(), 'shop');
  filled = await contentOf(guest(), 'shop');
  // What may run twice, and tells how often it ran.
  await guest().sh(`cd /srv/benches/shop
    echo 'CREATE TABLE IF NOT EXISTS app.muted (at TIMESTAMP(6)); INSERT INTO app.muted VALUES (NOW(6));' > config/mute.sql
    printf '#!/bin/sh\\ndate >> muted\\n' > config/mute.sh; chmod 755 config/mute.sh
    bench config set clone.sql config/mute.sql -b shop; bench config set clone.run config/mute.sh -b shop`);
}, 400_000);

/** Runs it killed at every point of its plan; returns where. */
async function walk(name: string, ...command: string[]): Promise<string[]> {
  const { stdout, stderr } = await guest().run(
    ['node', '/root/kill-walk.mjs', name, '--plan', '--', ...command],
    { timeoutMs: WALK_MS, check: false },
  );
  const { killed, missed, failed } = JSON.parse(stdout || '{}');
  expect({ missed, failed }, stdout + stderr).toEqual({ missed: [] });
  return killed as string[];
}

/** What a clone is on the host and in ZFS, the same for two that were made in the same way. */
async function cloneState(name: string, port: number): Promise<string> {
  const stdout = await guest().survey(
    `zfs get -H -s local -o property,value all bench-pool/${name} | sort; zfs list -H -t snapshot -o name bench-pool/${name}
    zfs get -H -s local -o property,value all bench-pool/${name}@as-cloned | sort
    grep ${name} /etc/fstab; sort /etc/fstab | uniq -d
    grep -rlI ${name} /etc/systemd /etc/mysql | sort | while read -r file; do stat -c '%A %U %n' "$file"; cat "$file"; done
    systemctl show -p Id,ActiveState,UnitFileState,NeedDaemonReload,FragmentPath,DropInPaths mariadb@${name}
    findmnt -rn -o TARGET,SOURCE,FSTYPE,OPTIONS | grep ${name} | sort
    cat /bench-pool/${name}/.bench-volume /bench-pool/${name}/*/.bench-volume /srv/benches/${name}/bench.toml
    cd /srv/benches/${name}; find . -printf '%y %M %U:%G %p\\n' | sort
    find /var/lib/bench/${name} -printf '%M %U:%G %p\\n' | sort; cat /var/lib/bench/${name}/host.json
    find / -xdev '(' -name '*.bench-tmp' -o -name '.bench-incoming-*' -o -name '*.candidate' ')'`,
    { timeoutMs: 280_000 },
  );
  return stdout
    .replaceAll(name, 'NAME')
    .replaceAll(new RegExp(`\\b${port}\\b`, 'g'), 'PORT')
    .replaceAll(/\d{8}-\d{6}/g, 'TIME')
    .replaceAll(/("serverId": |server-id\t|server_id = )\d+/g, '$1N');
}

test('a clone is finished, though it is killed after every step and before every command', {
  timeout: WALK_MS,
}, async () => {
  const killed = await walk('walked', 'clone', 'shop', 'walked');
  for (const point of [
    'after Take a consistent snapshot of shop',
    'after Clone bench-pool/shop@TIME as bench-pool/walked',
    'after Make what is in /bench-pool/walked the bench walked instead of shop: bench.toml and sentinels',
    'after Run the SQL of /srv/benches/walked/config/mute.sql',
    'after Set bench:clone=prepared on bench-pool/walked',
    'after Set bench:clone=ready on bench-pool/walked',
  ])
    expect(killed).toContain(point);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'walked'])).problems).toEqual([]);
  expect(await benchJson(guest(), ['init', '-b', 'walked'])).toMatchObject({ changed: false, steps: [] });
  expect(await contentOf(guest(), 'walked')).toBe(filled);
});

test('and is then what one is that nobody disturbed; no snapshot is left of the others', async () => {
  await benchJson(guest(), ['clone', 'shop', 'calm']);
  const once = 'TRUNCATE app.muted';
  for (const name of ['walked', 'calm']) {
    expect(Number(await sql(guest(), name, 'SELECT COUNT(*) FROM app.muted'))).toBeGreaterThan(0);
    await sql(guest(), name, once);
  }
  expect(await cloneState('walked', 3308)).toBe(await cloneState('calm', 3309));
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(snapshots.map(({ clones }) => clones)).toEqual([['bench-pool/calm'], ['bench-pool/walked']]);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('a template that is killed anywhere is made anew, and nothing is left of the others', {
  timeout: WALK_MS,
}, async () => {
  for (const point of ['zfs snapshot', 'zfs create', 'zfs clone', 'zfs mount', 'zfs set']) {
    // Killed while that one command runs, and what it does is done or not.
    await guest().sh(
      `cat > /root/zfs-killer <<'END'
#!/bin/bash
if [ "$1 " = "${point.split(' ')[1]} " ] && [ ! -e /root/killed ]; then touch /root/killed; /usr/sbin/zfs "$@"; kill -9 $PPID; sleep 1; exit; fi
exec /usr/sbin/zfs "$@"
END
      chmod 755 /root/zfs-killer; rm -f /root/killed; mkdir -p /root/bin; ln -sf /root/zfs-killer /root/bin/zfs
      PATH=/root/bin:$PATH bench template create shop base; true`,
      { timeoutMs: 280_000, check: false },
    );
    const { templates } = await benchJson<TemplateList>(guest(), ['template', 'list']);
    if (templates.some(({ whole }) => whole))
      await benchJson(guest(), ['template', 'delete', 'base', '--yes']);
  }
  await benchJson(guest(), ['template', 'create', 'shop', 'base']);
  const { templates } = await benchJson<TemplateList>(guest(), ['template', 'list']);
  expect(templates).toMatchObject([{ name: 'base', whole: true }]);
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(snapshots.filter(({ note }) => note === 'for the template base')).toHaveLength(1);
});
