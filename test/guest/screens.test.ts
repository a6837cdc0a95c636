import { expect, test } from 'vitest';
import type { Status } from '../../src/status/status.js';
import { Screen } from '../cli/screen.js';
import { benchJson } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

/** In a terminal of 80x24, by script(1): keys are typed when the terminal shows what they answer. */
async function inTerminal(command: string, typed: readonly [after: string, keys: string][]): Promise<string> {
  const steps = typed.map(([after, keys]) => `type '${after}' '${keys}'`).join('\n');
  await guest().sh(
    `export TERM=xterm; cd /root; rm -f keys log; mkfifo keys
     script --quiet --flush --return --command 'stty cols 80 rows 24; ${command}; stty -a' log < keys > /dev/null &
     exec 3> keys
     type() { until grep -qF -- "$1" log; do kill -0 $! || { cat log >&2; exit 1; }; sleep 0.2; done; printf "$2" >&3; }
     ${steps}
     wait $!`,
    { timeoutMs: 500_000 },
  );
  // Its first and last lines are script's own.
  return (await guest().read('/root/log'))
    .replace(/^Script started.*\n/, '')
    .replace(/\n*Script done.*\n$/, '');
}

test('bench init on a terminal asks for the bench that is not there, and provisions it', async () => {
  // A step that takes some seconds on any machine.
  await guest().write(
    '/etc/systemd/system/mariadb@.service.d/slow.conf',
    '[Service]\nExecStartPre=sleep 4\n',
  );
  const log = await inTerminal('bench init', [
    ['Name  ', 'shop\\r'],
    ['Port  ', '\\r'],
    ['> the disk', '\\r'],
    ['Quota  ', '\\02510G\\r'],
    ['Reservation  ', '\\0252G\\r'],
    ['Write /srv/benches/shop/bench.toml? [y/N]', 'y'],
    ['Carry this out?', 'y\\r'],
  ]);
  expect(log).toContain('/dev/vda is mounted at /');
  expect(log).toContain('Bench shop is ready.');
  // The line of a step that takes longer is rewritten.
  const drawn = log.split('\r\u001b[K').filter((line) => /^ +[\d.]+ s {2}Start mariadb@shop/.test(line));
  expect(drawn.length).toBeGreaterThan(2);
  expect(log).toMatch(/ icanon [\s\S]* echo /);
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(status.problems).toEqual([]);
  expect(status.pool.backing).toEqual({ kind: 'device', path: '/dev/disk/by-id/virtio-pool-disk' });
  expect(status.dataset).toMatchObject({ quotaBytes: 10 * 2 ** 30, reservationBytes: 2 * 2 ** 30 });
});

test('status --watch shows it as it is, and gives the terminal back', async () => {
  await benchJson(guest(), ['volume', 'snapshot', '-b', 'shop', '--tag', 'before-upgrade']);
  const log = await inTerminal('bench volume status -b shop --watch', [['write ', 'q']]);
  const frame = new Screen(80, 24).feed(log.slice(0, log.lastIndexOf('\u001b[?1049l')));
  expect(frame.scrolled).toBe(0);
  expect(frame.text).toMatch(/^Pool +bench-pool +ONLINE$/m);
  expect(frame.text).toMatch(/^ {2}quota +\[-+\] .* of 10G +\d%$/m);
  expect(frame.text).toMatch(/^MariaDB +mariadb@shop\.service +running {2}11\./m);
  expect(frame.text).toMatch(/^IO +read [\d.]+[BKMG]\/s \(\d+ op\/s\) {3}write /m);
  expect(frame.text).toMatch(/^ {2}before-upgrade +\d{4}-/m);
  expect(frame.text).not.toContain('Problem');
  expect(log).toMatch(/ icanon [\s\S]* echo /);
});
