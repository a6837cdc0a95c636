/**
 * `npm run demo`: provisions a bench in a disposable machine with real ZFS, fills it, takes a snapshot, has a
 * disaster, restores, shows that everything is what it was, and makes a clone of it. `-- --keep` leaves the machine up.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { remember, takeDown } from '../guest/by-hand.js';
import { GuestError } from '../guest/errors.js';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import { contentOf, fillBench, sql } from '../test/guest/product.js';

const { values: flags } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const begun = performance.now();

async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`${title} … `);
  const started = performance.now();
  const value = await work();
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  return value;
}

/** Runs bench in the guest as a user types it, and shows what it prints. */
async function show(guest: Guest, ...args: string[]): Promise<void> {
  console.log(`\n$ bench ${args.join(' ')}`);
  const started = performance.now();
  const result = await guest.run(['bench', ...args], { timeoutMs: 600_000 });
  process.stdout.write((result.stderr + result.stdout).replace(/^/gm, '  ').trimEnd());
  console.log(`\n  [${((performance.now() - started) / 1000).toFixed(1)} s]`);
}

async function demo(guest: Guest): Promise<void> {
  await show(guest, 'new', 'shop');
  await show(guest, 'volume', 'discover');
  await show(guest, 'init', '-b', 'shop');
  await show(guest, 'volume', 'status');
  console.log();
  await step('Fill a database with 5,000 rows and sites/ with 50 files', () => fillBench(guest, 'shop'));
  const before = await contentOf(guest, 'shop');
  await show(guest, 'volume', 'snapshot', '--tag', 'before-disaster', '--note', 'the demo');
  console.log();
  await step('Disaster: drop the database, delete the files', async () => {
    await sql(guest, 'shop', 'DROP DATABASE app');
    await guest.sh('rm /srv/benches/shop/sites/file*');
  });
  await show(guest, 'volume', 'restore-snapshot', 'before-disaster', '--keep', '-b', 'shop', '--yes');
  const after = await contentOf(guest, 'shop');
  console.log(`\nRows and checksums before:\n${indent(before)}\nand after the restore:\n${indent(after)}`);
  if (after !== before) throw new Error('The restore did not bring back what was there.');
  console.log('The same to the byte. And nothing was lost: what the restore has replaced is kept.');
  await show(guest, 'volume', 'undo-restore', '-b', 'shop', '--yes');
  const { stdout: files } = await guest.sh('ls -A /srv/benches/shop/sites');
  const databases = await sql(guest, 'shop', "SHOW DATABASES LIKE 'app'");
  console.log(
    `\nDatabases after the undo: ${databases || 'app is gone'}\nFiles: ${files.trim().split('\n').join(', ')}`,
  );
  if (databases !== '' || files.includes('file'))
    throw new Error('The undo did not bring back what was live.');
  console.log('The disaster is back, so one more undo would bring the rows and files back again.');
  await showClone(guest, before);
}

/** A copy of the good state with a MariaDB of its own: what is done to it stays in it. */
async function showClone(guest: Guest, good: string): Promise<void> {
  await show(guest, 'clone', 'shop', 'try', '--snapshot', 'before-disaster');
  await show(guest, 'list');
  const cloned = await contentOf(guest, 'try');
  await sql(guest, 'try', "UPDATE app.orders SET note = 'tried out'");
  const databases = await sql(guest, 'shop', "SHOW DATABASES LIKE 'app'");
  if (cloned !== good || databases !== '') throw new Error('The clone is not what the snapshot was.');
  console.log('\nIts rows and files are those of the snapshot, and what is changed in it stays in it.');
  await show(guest, 'drop', 'try', '--yes');
}

function indent(text: string): string {
  return text.trim().replace(/^/gm, '  ');
}

/** The page of the machine, by a port of this one; how a browser gets in is printed when somebody asks for it. */
async function openPage(guest: Guest): Promise<string> {
  await show(guest, 'admin', 'enable', '--listen', '127.0.0.1:8443');
  return `http://127.0.0.1:${await guest.forward('127.0.0.1:8443')}`;
}

/** Leaves the machine to `npm run guest`, under the name that the last lines tell. */
const NAME = 'demo';

async function main(): Promise<void> {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (built.status !== 0) throw new GuestError('the product could not be built');
  if (flags.keep) takeDown(NAME);
  const guest = await startGuest({
    image: 'product',
    disks: [{ size: '20G', serial: 'demo' }],
    label: NAME,
    detached: flags.keep,
  });
  if (flags.keep) remember(NAME, guest.runtime);
  let failed = true;
  let page = '';
  try {
    await demo(guest);
    if (flags.keep) page = await openPage(guest);
    failed = false;
  } finally {
    if (failed) console.error(await guest.diagnose());
    if (!flags.keep) await guest.stop();
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(
    `\nDone in ${seconds} s, in a machine that is emulated: a server does this in a fraction of it.`,
  );
  console.log(flags.keep ? keptText(page) : nextText);
}

const nextText = `
What next:
  npm run demo -- --keep      the same, and the machine stays up to look around in
  npm test                    everything, proven in such machines
  README.md                   how to install bench on a server`;

const keptText = (page: string) => `
The machine is still up. To get in and look around:
  npm run guest -- --name ${NAME} sh
  then: bench volume status; bench volume --help
To look at it in a browser, open the address that this prints, within a minute:
  npm run guest -- --name ${NAME} sh bench admin login --address ${page}
To end it:
  npm run guest -- --name ${NAME} down`;

try {
  await main();
  // The connections to a machine that stays up would keep this process up with it.
  if (flags.keep) process.exit();
} catch (error) {
  // What a machine lacks is told in one message; anything else is a mistake in here, and its trace helps.
  if (!(error instanceof GuestError)) throw error;
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
}
