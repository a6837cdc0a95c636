import { beforeAll, expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import type {
  AnsibleInventory,
  Executed,
  FleetBench,
  FleetHost,
  FleetVolume,
  Published,
} from '../../../src/fleet/fleet.js';
import { readJson } from '../../contract.js';
import { blocksOf, letIn, startEtcd } from '../fleet-support.js';
import { benchJson, type Failure, sql } from '../product.js';
import { makePool } from '../replicate-support.js';
import { useGuests } from '../support.js';

const guests = useGuests({ web1: { image: 'bench' }, web2: { image: 'product', disks: [{ size: '20G' }] } });

const hosts = async (guest: Guest) =>
  (await benchJson<{ hosts: FleetHost[] }>(guest, ['fleet', 'hosts'])).hosts;
const benches = async (guest: Guest, ...words: string[]) =>
  (await benchJson<{ benches: FleetBench[] }>(guest, ['fleet', 'benches', ...words])).benches;
const volumes = async (guest: Guest, ...words: string[]) =>
  (await benchJson<{ volumes: FleetVolume[] }>(guest, ['fleet', 'volumes', ...words])).volumes;
/** With `--json` before what is run: behind it, it would be that command's. */
async function exec(guest: Guest, words: string[], exitCode = 0): Promise<Executed & Failure> {
  const args = ['fleet', 'exec', '--json', ...words];
  const result = await guest.run(['bench', ...args], { check: false });
  expect([result.exitCode, result.exitCode === exitCode ? '' : result.stdout + result.stderr]).toEqual([
    exitCode,
    '',
  ]);
  return readJson(args, exitCode, result.stdout);
}
const publish = (guest: Guest) => benchJson<Published>(guest, ['fleet', 'publish']);

beforeAll(async () => {
  const { web1, web2 } = guests();
  await Promise.all([
    startEtcd(web2, { web1, web2 }),
    makePool(web2),
    web1.sh(
      `bench volume create files 1G --label tier=gold --description 'scans' && bench volume attach files -b shop --path sites/files`,
    ),
  ]);
}, 200_000);

test('a host is let in, after etcd has answered and the plan was shown, and once', async () => {
  const { web1, web2 } = guests();
  const setup =
    (await blocksOf('web1')).split('\n').find((line) => line.startsWith('bench fleet setup')) ?? '';
  const words = setup.split(' ').slice(1);
  const dry = await benchJson<{ steps: { kind: string }[] }>(web1, [...words, '--dry-run']);
  expect(dry.steps.map(({ kind }) => kind)).toEqual([
    'file.write',
    'file.write',
    'file.write',
    'unit.enable',
    'systemd.reload',
    'timer.start',
  ]);
  expect((await web1.sh('ls /etc/bench')).stdout).toBe('fleet\n');
  expect(await benchJson(web1, [...words, '--yes'])).toMatchObject({
    host: 'web1',
    etcdVersion: expect.stringMatching(/^3\./),
    published: { benches: 1, volumes: 2 },
  });
  expect(await benchJson(web1, ['fleet', 'setup', '--yes'])).toMatchObject({ steps: [], changed: false });
  await letIn(web2, 'web2', ['--label', 'role=spare']);
  expect(
    (await web1.sh('systemctl start bench-fleet.service; journalctl -u bench-fleet -o cat')).stdout,
  ).toContain('web1: 1 benches, 2 volumes; nothing but figures has changed.');
  const taken = await benchJson<Failure>(
    web2,
    ['fleet', 'setup', '--name', 'web2', '--user', 'nobody', '--yes'],
    3,
  );
  expect(taken.error.code).toBe('fleet-denies');
  expect(
    (await web1.sh('systemd-analyze security bench-fleet.service --no-pager | tail -n 1')).stdout,
  ).toMatch(/(OK|MEDIUM)/);
});

test('what is where is told by any host, by name, pattern, label and text', async () => {
  const { web2 } = guests();
  expect(await hosts(web2)).toMatchObject([
    { name: 'web1', present: true, benches: 1, volumes: 2, labels: { role: 'prod' } },
    { name: 'web2', present: true, benches: 0, volumes: 0, labels: { role: 'spare' } },
  ]);
  expect(await benches(web2, 'sh*', '--limit', 'role=prod')).toMatchObject([
    { name: 'shop', host: 'web1', state: 'running', epoch: 1, copies: [] },
  ]);
  expect(await benches(web2, '--limit', 'web*,!web1')).toEqual([]);
  for (const search of ['tier=gold', 'SCANS', 'files'])
    expect(await volumes(web2, '--search', search)).toMatchObject([
      { name: 'files', host: 'web1', status: 'attached' },
    ]);
  expect(await volumes(web2, '--search', 'nothing of that')).toEqual([]);
  expect((await benchJson<Failure>(web2, ['fleet', 'hosts', '--limit', 'web9'], 2)).error.code).toBe(
    'selector-nothing',
  );
});

test('a command runs on all hosts, and each way of failing is told apart', async () => {
  const { web1 } = guests();
  const same = await exec(web1, ['--', 'bench', '--version']);
  expect(same.answers).toMatchObject([{ hosts: ['web1', 'web2'], outcome: 'ok' }]);
  const failed = await exec(web1, ['--', 'bench', 'volume', 'status', '-b', 'shop', '--json'], 1);
  expect(failed.counts).toMatchObject({ ok: 1, failed: 1 });
  await web1.sh(
    `printf 'Host gone\\n  HostName 127.0.0.1\\n  Port 1\\n' >> /etc/ssh/ssh_config.d/peers.conf`,
  );
  const gone = await exec(web1, ['--host', 'web2', '--host', 'gone', '--', 'bench', 'list'], 12);
  expect(gone.counts).toMatchObject({ ok: 1, unreachable: 1 });
  const bad = await exec(web1, ['--', 'id'], 2);
  expect(bad.error.code).toBe('exec-not-bench');
});

/** It hangs, says when it is ended, and would rewrite the screen. */
const ODD = String.raw`#!/bin/sh
trap 'echo ended > /run/odd.ended; exit 1' TERM
printf '\033[2Jcleared\rover\n'
sleep 60 & wait
`;

test('a bench that hangs is ended, by its time or by Ctrl-C, and moves no cursor', async () => {
  const { web1, web2 } = guests();
  await web2.write('/root/odd', ODD);
  await web2.sh('mv /usr/bin/bench /usr/bin/bench.real; install -m 755 /root/odd /usr/bin/bench');
  const ended = async () => (await web2.sh('sleep 1; cat /run/odd.ended; rm /run/odd.ended')).stdout;
  try {
    const hung = await exec(web1, ['--host', 'web2', '--timeout', '3s', '--', 'bench', 'list'], 13);
    expect(hung.counts).toMatchObject({ hung: 1 });
    expect(await ended()).toBe('ended\n');
    const shown = await web1.sh('bench fleet exec --host web2 --timeout 3s -- bench list', { check: false });
    expect(shown.stdout).toContain('\\x1b[2Jcleared\\rover');
    expect(await ended()).toBe('ended\n');
    const stopped = await web1.sh(
      'bench fleet exec --host web2 -- bench list & p=$!; sleep 5; kill -INT $p; wait $p || echo "exit $?"',
    );
    expect(stopped.stdout).toContain('1 interrupted\nexit 130\n');
    expect(await ended()).toBe('ended\n');
  } finally {
    await web2.sh('mv /usr/bin/bench.real /usr/bin/bench');
  }
});

test('Ansible is told the hosts and groups', async () => {
  const list = await benchJson<AnsibleInventory>(guests().web1, ['fleet', 'inventory', '--list']);
  expect(list).toMatchObject({
    role_prod: { hosts: ['web1'] },
    bench_present: { hosts: ['web1', 'web2'] },
    _meta: { hostvars: { web2: { ansible_host: 'web2', ansible_user: 'root' } } },
  });
});

test('without etcd the host goes on, and what needs it says so within seconds', async () => {
  const { web1, web2 } = guests();
  await web2.sh('systemctl stop etcd');
  const { stdout } = await web1.sh(
    `bench volume snapshot -b shop > /dev/null && systemctl restart mariadb@shop && bench list && date +%s%N
     bench fleet hosts 2>&1 || echo "exit $?"; date +%s%N`,
  );
  expect(stdout).toContain('running');
  expect(stdout).toContain('etcd does not answer');
  expect(stdout).toContain('exit 1');
  const times = stdout.match(/^\d{19}$/gm) ?? [];
  expect(Number(BigInt(times[1] ?? 0) - BigInt(times[0] ?? 0)) / 1e9).toBeLessThan(4);
  await web2.sh('systemctl start etcd');
  expect(await hosts(web1)).toHaveLength(2);
});

test('what etcd has lost is read again from the hosts', async () => {
  const { web1, web2 } = guests();
  await web2.sh(
    'cd /root/fleet && . ./etcdctl.env && etcdctl --user root:$(cat root-password) del --prefix /bench/',
  );
  expect(await hosts(web1)).toEqual([]);
  const rebuilt = await benchJson<{ hosts: string[] }>(web1, ['fleet', 'rebuild', 'web1', 'web2']);
  expect(rebuilt.hosts).toEqual(['web1', 'web2']);
  expect(await volumes(web1, '--search', 'gold')).toHaveLength(1);
  await publish(web1);
  await publish(web2);
  expect((await hosts(web1)).map(({ present }) => present)).toEqual([true, true]);
});

test('a bench is moved and taken up from anywhere', async () => {
  const { web1, web2 } = guests();
  await web1.sh('bench replicate setup web2 -b shop --as web1 --yes && bench replicate run -b shop');
  await publish(web1);
  await publish(web2);
  expect(await benches(web2, 'shop')).toMatchObject([
    { host: 'web1', owner: 'web1', ownerEpoch: 1, copies: [{ host: 'web2', epoch: 1 }] },
  ]);
  const moved = await benchJson(web2, ['fleet', 'move', 'shop', '--to', 'web2', '--yes']);
  expect(moved).toMatchObject({ from: 'web1', to: 'web2', epoch: 2 });
  expect(await sql(web2, 'shop', 'SELECT COUNT(*) FROM app.orders')).toBe('5000');
  expect(await benches(web1, 'shop', '--limit', 'web2')).toMatchObject([{ owner: 'web2', ownerEpoch: 2 }]);
  await web2.sh('bench replicate run -b shop; systemctl stop etcd');
  // Without etcd nobody can know who has the right to it.
  for (const [guest, words] of [
    [web2, ['move', 'shop', '--to', 'web1', '--yes']],
    [web1, ['promote', 'shop', '--stop-source', '--yes']],
  ] as const)
    expect((await benchJson<Failure>(guest, words, 3)).error.code).toBe('fleet-lost');
  await web2.sh('systemctl start etcd; systemctl is-active mariadb@shop');
  await publish(web1);
  await publish(web2);
  const refused = await benchJson<Failure>(web2, ['fleet', 'promote', 'shop', '--yes'], 3);
  expect(refused.error.code).toBe('source-live');
  const promoted = await benchJson(web2, ['fleet', 'promote', 'shop', '--stop-source', '--yes']);
  expect(promoted).toMatchObject({ host: 'web1', epoch: 3, fleet: { state: 'answered', owner: 'web2' } });
  expect(await sql(web1, 'shop', 'SELECT COUNT(*) FROM app.orders')).toBe('5000');
});

test('a host that has lost the right is told so by etcd, where the other host does not answer', async () => {
  const { web2 } = guests();
  await web2.sh(`rm /var/lib/bench/shop/superseded.json
    cp /etc/ssh/ssh_config.d/peers.conf /root/peers.conf; sed -i 's/Port .*/Port 1/' /etc/ssh/ssh_config.d/peers.conf`);
  const { stdout } = await web2.sh(
    'systemctl start mariadb@shop || true; systemctl is-active mariadb@shop || true; cat /var/lib/bench/shop/superseded.json',
  );
  expect(stdout).toMatch(/^(inactive|failed)\n/);
  expect(stdout).toContain('"epoch": 3');
  const guard = ['replicate', 'guard', 'shop', '--peer', 'web1'];
  expect(await benchJson(web2, guard)).toMatchObject({
    ...{ mayStart: false, because: 'fleet-higher', epoch: 2, fleet: 'answered' },
  });
  await web2.sh('cp /root/peers.conf /etc/ssh/ssh_config.d/peers.conf');
});

test('a host that is gone is forgotten, and one leaves', async () => {
  const { web1, web2 } = guests();
  expect(await benchJson(web1, ['fleet', 'leave'])).toMatchObject({ rowsLeft: null });
  expect((await web1.sh('systemctl list-timers --all')).stdout).not.toContain('bench-fleet');
  expect((await hosts(web2)).map(({ name }) => name)).toEqual(['web2']);
  expect(await benchJson(web2, ['fleet', 'forget', 'web2'])).toMatchObject({ present: true });
  expect(await hosts(web2)).toEqual([]);
});
