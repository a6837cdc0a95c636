import { beforeAll, expect, test } from 'vitest';
import type { FleetHost } from '../../../src/fleet/fleet.js';
import { blocksOf, startEtcd } from '../fleet-support.js';
import { killedEverywhere, pushKillWalk } from '../kill-walk-support.js';
import { benchJson, type Failure } from '../product.js';
import { useGuest } from '../support.js';

/** What a host does to be one of many, killed at every point that it comes to. */
const guest = useGuest({ image: 'bench' });
const SLOW = { timeout: 1_200_000 };

beforeAll(async () => {
  await pushKillWalk(guest());
  await startEtcd(guest(), { web1: guest() });
}, 300_000);

const hostToml = async () => (await guest().sh('cat /etc/bench/host.toml 2>/dev/null || true')).stdout;
const timer = async () => (await guest().sh('systemctl is-active bench-fleet.timer || true')).stdout.trim();

test('a host comes into the fleet', SLOW, async () => {
  const setup =
    (await blocksOf('web1')).split('\n').find((line) => line.startsWith('bench fleet setup')) ?? '';
  const words = [...setup.split(' ').slice(1), '--name', 'web1', '--start', 'answered', '--yes'];
  expect((await killedEverywhere(guest(), words)).length).toBeGreaterThan(5);
  expect(await timer()).toBe('active');
  expect((await benchJson<{ hosts: FleetHost[] }>(guest(), ['fleet', 'hosts'])).hosts).toMatchObject([
    { name: 'web1', present: true },
  ]);
  expect(await benchJson(guest(), words)).toMatchObject({ steps: [] });
});

test('and comes out of the fleet again, with nothing of it left', SLOW, async () => {
  const before = await hostToml();
  expect(before).toContain('[fleet]');
  const done = ['--until', 'This host is in no fleet'];
  expect((await killedEverywhere(guest(), ['fleet', 'leave'], done)).length).toBeGreaterThan(3);
  expect(await hostToml()).not.toContain('fleet');
  expect(await timer()).not.toBe('active');
  const { error } = await benchJson<Failure>(guest(), ['fleet', 'leave'], 2);
  expect(error.code).toBe('fleet-missing');
  const rows = await guest().sh(
    `cd /root/fleet; set -a; . /root/fleet/etcdctl.env; set +a; etcdctl --user root:$(cat root-password) get --prefix --keys-only /bench/`,
  );
  expect(rows.stdout).not.toContain('web1');
});

test('a host takes copies of another one', SLOW, async () => {
  await guest().sh(`ssh-keygen -q -t ed25519 -N '' -C '' -f /root/other
    words() { printf '"%s"' "$(cut -d ' ' -f 1,2 "$1")"; }
    echo "{ \\"protocol\\": 1, \\"name\\": \\"other\\", \\"to\\": \\"web1\\", \\"key\\": $(words /root/other.pub),
      \\"hostKeys\\": [$(words /etc/ssh/ssh_host_ed25519_key.pub)], \\"target\\": null }" > /root/accept.json`);
  const killed = await killedEverywhere(guest(), ['replicate', 'accept'], ['--input', '/root/accept.json']);
  expect(killed.length).toBeGreaterThan(3);
  const line = await guest().sh('grep -c "$(cut -d " " -f 2 /root/other.pub)" /root/.ssh/authorized_keys');
  expect(line.stdout).toBe('1\n');
  expect((await guest().sh('zfs list -H -o name,canmount bench-pool/_copies')).stdout).toMatch(
    /_copies\toff|noauto/,
  );
  expect((await guest().sh('bench replicate accept --json < /root/accept.json')).stdout).toContain(
    '"steps": []',
  );
});
