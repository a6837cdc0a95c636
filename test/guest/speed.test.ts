import { expect, test } from 'vitest';
import type { InitJson } from '../../src/output/steps.js';
import { benchJson, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });
const INIT = ['init', '-b', 'shop'];
const TOML = '/srv/benches/shop/bench.toml';
const CNF = '/etc/mysql/mariadb.conf.d/90-bench-shop.cnf';

const property = async (name: string) =>
  (await guest().run(['zfs', 'get', '-H', '-o', 'value', name, 'bench-pool/shop'])).stdout.trim();

test('init of a finished bench with all that a bench can have starts at most ten processes', async () => {
  await guest().sh(`useradd -m alice; useradd -m bob
    cat >> ${TOML} <<'TOML'

[[volumes]]
name = "uploads"
path = "sites/uploads"
size = "1G"
TOML
    bench config set schedule.snapshot hourly -b shop
    bench config set verify.schedule '*-*-* 05:00' -b shop
    bench init -b shop --operator alice --operator bob`);
  const { stdout, stderr } = await guest().sh('BENCH_DEBUG=1 bench init -b shop');
  expect(stdout).toContain('is complete: nothing to do');
  const processes = [...stderr.matchAll(/^\[\d+ ms\] (\S+ \S+)/gm)].map(([, started]) => started);
  // Else the bench has not been given all of it.
  expect(processes.filter((started) => started === 'systemctl show')).toHaveLength(2);
  expect(processes).toEqual(expect.arrayContaining(['getent passwd', 'getfacl --omit-header', 'zfs list']));
  expect(processes.length, processes.join('\n')).toBeLessThanOrEqual(10);
});

test('direct I/O follows bench.toml, and what an operator has set without it stays', async () => {
  expect(await property('direct')).toBe('disabled');
  await guest().run(['zfs', 'set', 'direct=standard', 'bench-pool/shop']);
  expect(await benchJson<InitJson>(guest(), INIT)).toMatchObject({ changed: false });
  await guest().run(['bench', 'config', 'set', 'volume.dataset.direct_io', 'true', '-b', 'shop']);
  expect((await benchJson<InitJson>(guest(), INIT)).steps).toHaveLength(1);
  expect(await property('direct')).toBe('always');
  // MariaDB opens its files anew, and what is not aligned is written all the same.
  await guest().sh(
    'systemctl restart mariadb@shop; dd if=/bin/ls of=/srv/benches/shop/logs/odd bs=2560 oflag=direct',
  );
  expect(
    await sql(guest(), 'shop', "UPDATE app.orders SET note = 'direct'; SELECT COUNT(*) FROM app.orders"),
  ).toBe('5000');
  await guest().run(['bench', 'config', 'set', 'volume.dataset.direct_io', 'false', '-b', 'shop']);
  await benchJson<InitJson>(guest(), INIT);
  expect(await property('direct')).toBe('disabled');
});

test('a bench of before gets its pages written twice, and is told when that is in force', async () => {
  const setting = () => sql(guest(), 'shop', 'SELECT @@innodb_doublewrite');
  await guest().sh(`sed -i 's/innodb_doublewrite = 1/innodb_doublewrite = 0/' ${CNF}; systemctl restart mariadb@shop
    zfs set compression=lz4 bench-pool/shop`);
  expect(await setting()).toBe('OFF');
  const { stdout } = await guest().run(['bench', ...INIT]);
  expect(stdout).toContain('systemctl restart mariadb@shop.service');
  await guest().run(['systemctl', 'restart', 'mariadb@shop']);
  expect(await setting()).toBe('ON');
  expect(await property('compression')).toBe('lz4');
});
