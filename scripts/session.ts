/**
 * `npm run session`: records docs/session.svg, a bench from its beginning to a clone, in a disposable machine. What is
 * printed is what bench prints; the waiting is cut down, because such a machine's time is not a server's.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GuestError } from '../guest/errors.js';
import { startGuest } from '../guest/start.js';
import { fillBench } from '../test/guest/product.js';
import { type Line, sessionSvg } from './session/svg.js';

const OUT = fileURLToPath(new URL('../docs/session.svg', import.meta.url));
/** Between what was typed, what is printed, and the next: seconds. */
const PACE = { typed: 0.9, printed: 0.12, read: 2.2 };

if (spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status !== 0)
  throw new GuestError('the product could not be built');
const guest = await startGuest({
  image: 'product',
  disks: [{ size: '100G', serial: 'disk-a' }],
  label: 'session',
});
const lines: Line[] = [];
let at = 0;

async function type(command: string): Promise<void> {
  lines.push({ at, text: `$ ${command}`, isTyped: true });
  const { stdout } = await guest.sh(`{ ${command}; } 2>&1`, { timeoutMs: 600_000 });
  at += PACE.typed;
  for (const text of stdout.trimEnd().split('\n')) {
    if (text === '' && stdout.trim() === '') continue;
    lines.push({ at, text, isTyped: false });
    at += PACE.printed;
  }
  at += PACE.read;
}

try {
  await type('bench new shop');
  await type('bench init -b shop --yes');
  await fillBench(guest, 'shop');
  await type('bench volume snapshot -b shop --tag monday');
  await type('bench volume verify monday -b shop');
  await type("mariadb --socket=/run/mysqld/mysqld-shop.sock -e 'DROP DATABASE app'");
  await type('bench volume restore-snapshot monday -b shop --keep --yes');
  await type("mariadb --socket=/run/mysqld/mysqld-shop.sock -e 'SELECT COUNT(*) FROM app.orders'");
  await type('bench clone shop try');
  await type('bench volume status -b shop');
  writeFileSync(
    OUT,
    sessionSvg(lines, 'A bench is made, snapshotted, proven, destroyed, restored and cloned'),
  );
  console.log(`wrote ${lines.length} lines, ${at.toFixed(0)} s, to ${OUT}`);
} finally {
  await guest.stop();
}
