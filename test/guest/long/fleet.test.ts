import { beforeAll, describe, expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import type { FleetHost } from '../../../src/fleet/fleet.js';
import { letIn, startEtcd } from '../fleet-support.js';
import { benchJson, type Failure, sql } from '../product.js';
import { makePool } from '../replicate-support.js';
import { useGuests } from '../support.js';

const guests = useGuests({ web1: { image: 'bench' }, web2: { image: 'product', disks: [{ size: '20G' }] } });
const SLOW = { timeout: 900_000 };

beforeAll(async () => {
  const { web1, web2 } = guests();
  await Promise.all([startEtcd(web2, { web1, web2 }), makePool(web2)]);
  const install =
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends';
  for (const guest of [web1, web2]) await guest.sh(`${install} nftables`, { timeoutMs: 180_000 });
  await letIn(web1, 'web1', ['--label', 'role=prod', '--start', 'answered']);
  await letIn(web2, 'web2', ['--start', 'answered']);
  await web1.sh('bench replicate setup web2 -b shop --as web1 --yes && bench replicate run -b shop');
  await web1.sh('bench fleet publish');
}, 400_000);

/** What of a host's ways is cut, by rules of nftables: packets are lost, nobody is told. */
async function cut(guest: Guest, ways: { ssh: boolean; etcd: boolean }): Promise<void> {
  const port = (
    await guest.sh(`sed -n 's/^ *Port //p' /etc/ssh/ssh_config.d/peers.conf | head -n 1`)
  ).stdout.trim();
  await guest.sh(`nft delete table inet cut 2>/dev/null || true; nft -f - <<'RULES'
table inet cut {
  chain out {
    type filter hook output priority 0; policy accept;
    ${ways.ssh ? `ip daddr 10.0.2.2 tcp dport ${port} drop` : ''}
    ${ways.etcd ? 'ip daddr { 127.0.0.2, 127.0.0.3 } tcp dport 2379 drop' : ''}
  }
}
RULES`);
}

async function mend(): Promise<void> {
  for (const guest of Object.values(guests())) await cut(guest, { ssh: false, etcd: false });
}

const isLive = async (guest: Guest) =>
  (await guest.sh('systemctl is-active mariadb@shop', { check: false })).stdout.trim() === 'active';
const start = (guest: Guest) =>
  guest.sh('systemctl start mariadb@shop', { check: false, timeoutMs: 120_000 });

/** `bench`, whatever comes of it. */
async function tried(guest: Guest, words: string): Promise<{ exitCode: number; code: string | undefined }> {
  const { exitCode, stdout } = await guest.sh(`bench ${words} --json`, { check: false, timeoutMs: 280_000 });
  const printed = JSON.parse(stdout) as Partial<Failure>;
  return { exitCode, code: printed.error?.code };
}

async function oneAtMost(): Promise<string[]> {
  const live: string[] = [];
  for (const [name, guest] of Object.entries(guests())) if (await isLive(guest)) live.push(name);
  expect(live.length).toBeLessThanOrEqual(1);
  return live;
}

/** web1 runs it, web2 has its copy. */
async function backToWeb1(): Promise<void> {
  const { web1, web2 } = guests();
  await web1.sh('bench replicate reverse -b shop --yes');
  await web2.sh('bench replicate run -b shop');
  await web1.sh('bench promote shop --stop-source --yes', { timeoutMs: 280_000 });
  await web2.sh('bench replicate reverse -b shop --yes');
  await web1.sh('bench replicate run -b shop');
}

describe('a network that is cut', () => {
  const ways = [true, false].flatMap((hosts) =>
    [true, false].flatMap((web1) => [true, false].map((web2) => ({ hosts, web1, web2 }))),
  );

  test.each(ways)(
    'between hosts $hosts, web1 and etcd $web1, web2 and etcd $web2: one runs it at most',
    SLOW,
    async (is) => {
      const { web1, web2 } = guests();
      await web1.sh('systemctl stop mariadb@shop');
      await cut(web1, { ssh: !is.hosts, etcd: !is.web1 });
      await cut(web2, { ssh: !is.hosts, etcd: !is.web2 });
      const promoted = await tried(web2, 'promote shop --yes');
      expect(promoted).toEqual(
        is.web2 ? { exitCode: 0, code: undefined } : { exitCode: 3, code: 'fleet-lost' },
      );
      await start(web1);
      const live = await oneAtMost();
      expect(live).toEqual(is.web2 ? ['web2'] : is.web1 ? ['web1'] : []);
      await mend();
      await start(web1);
      expect(await oneAtMost()).toEqual([is.web2 ? 'web2' : 'web1']);
      if (is.web2) await backToWeb1();
      expect(await sql(web1, 'shop', 'SELECT COUNT(*) FROM app.orders')).toBe('5000');
    },
  );

  test.each([
    { hosts: false, web1: true, web2: true },
    { hosts: true, web1: false, web2: true },
    { hosts: true, web1: true, web2: false },
  ])('a move stays where it was: hosts $hosts, web1 $web1, web2 $web2', SLOW, async (is) => {
    const { web1, web2 } = guests();
    await cut(web1, { ssh: !is.hosts, etcd: !is.web1 });
    await cut(web2, { ssh: false, etcd: !is.web2 });
    const moved = await tried(web1, 'move shop --to web2 --yes');
    expect(moved.exitCode).not.toBe(0);
    expect(await oneAtMost()).toEqual(['web1']);
    await mend();
    expect(await sql(web1, 'shop', 'SELECT COUNT(*) FROM app.orders')).toBe('5000');
  });

  test('a move that is whole goes', SLOW, async () => {
    const { web1, web2 } = guests();
    expect(await tried(web1, 'move shop --to web2 --yes')).toEqual({ exitCode: 0, code: undefined });
    expect(await oneAtMost()).toEqual(['web2']);
    await web2.sh('bench replicate run -b shop');
  });
});

test('Ansible reads the inventory, and runs on a group of it', SLOW, async () => {
  const { web1, web2 } = guests();
  await web1.sh('bench fleet publish');
  await web2.sh('bench fleet publish');
  await web2.sh(
    `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ansible-core
     printf '#!/bin/sh\\nexec bench fleet inventory "$@"\\n' > /root/fleet.sh; chmod +x /root/fleet.sh`,
    { timeoutMs: 300_000 },
  );
  const graph = await web2.sh('ansible-inventory -i /root/fleet.sh --graph', { timeoutMs: 120_000 });
  for (const line of ['@bench_fleet:', '@role_prod:', '@bench_present:', '|--web1', '|--web2'])
    expect(graph.stdout).toContain(line);
  const { stdout } = await web2.sh(`ansible -i /root/fleet.sh role_prod -m command -a 'bench --version'`, {
    timeoutMs: 120_000,
  });
  expect(stdout).toMatch(/web1 \| CHANGED[\s\S]*bench\/\d/);
});

test('two of three members of etcd are enough, and one is not', SLOW, async () => {
  const { web2 } = guests();
  const names = ['etcd1', 'etcd2', 'etcd3'];
  const peers = names.map((name, index) => `${name}=https://127.0.0.1:${12380 + index}`).join(',');
  // A member looks whether the address that another one comes from is in that one's certificate.
  await web2.sh(`systemctl stop etcd; cd /root/fleet
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=bench/OU=peer -keyout peer.key -out peer.csr
printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' > peer.ext
openssl x509 -req -in peer.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile peer.ext -out peer.pem
${names
  .map(
    (
      name,
      index,
    ) => `systemd-run --quiet --unit=member${index} etcd --name ${name} --data-dir /root/member${index} \
  --listen-client-urls https://127.0.0.3:${12379 - 100 * (index + 1)} --advertise-client-urls https://etcd1:${12379 - 100 * (index + 1)} \
  --listen-peer-urls https://127.0.0.1:${12380 + index} --initial-advertise-peer-urls https://127.0.0.1:${12380 + index} \
  --initial-cluster ${peers} --client-cert-auth --trusted-ca-file $PWD/ca.pem --cert-file $PWD/etcd1.pem --key-file $PWD/etcd1.key \
  --peer-client-cert-auth --peer-trusted-ca-file $PWD/ca.pem --peer-cert-file $PWD/peer.pem --peer-key-file $PWD/peer.key`,
  )
  .join('\n')}`);
  const endpoints = names.flatMap((_, index) => ['--etcd', `https://etcd1:${12379 - 100 * (index + 1)}`]);
  // Until the three have found one another and a leader.
  await web2.sh(
    `for try in $(seq 30); do bench fleet setup ${endpoints.join(' ')} --yes > /dev/null 2>&1 && break; sleep 2; done`,
    { timeoutMs: 280_000 },
  );
  await benchJson(web2, ['fleet', 'setup', ...endpoints, '--yes']);
  const hosts = () => benchJson<{ hosts: FleetHost[] }>(web2, ['fleet', 'hosts']);
  expect((await hosts()).hosts).toMatchObject([{ name: 'web2', present: true }]);
  // The leader goes, and another one: what is left has nobody to agree with.
  await web2.sh('systemctl stop member0; sleep 5');
  expect((await hosts()).hosts).toHaveLength(1);
  await web2.sh('systemctl stop member1; sleep 5');
  const begun = Date.now();
  const silent = await benchJson<Failure>(web2, ['fleet', 'hosts'], 1);
  expect(silent.error.code).toBe('fleet-silent');
  console.log(`a minority of etcd is told after ${Date.now() - begun} ms, by a guest's clock`);
  expect((await web2.sh('bench list')).stdout).toContain('shop');
});
