import { expect, test } from 'vitest';
import type { Operation } from '../../src/api/api.js';
import type { Status } from '../../src/status/status.js';
import type { VolumeList } from '../../src/volumes/volumes.js';
import { useBrowser, type Visitor } from './browser.js';
import { Client, looks } from './http.js';
import { benchJson, contentOf, sql } from './product.js';
import { STORE, setUpOffsite, startMoto } from './store.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });
const visit = useBrowser();

const sh = async (line: string) => (await guest().sh(line)).stdout.trim();
let api: Client;
let visitor: Visitor;

test('bench admin enable listens, and the server comes with the first request', async () => {
  await benchJson(guest(), ['admin', 'enable', '--listen', '127.0.0.1:8443']);
  expect(await benchJson(guest(), ['admin', 'enable', '--listen', '127.0.0.1:8443'])).toMatchObject({
    changed: false,
    enabled: true,
    listening: true,
    running: false,
  });
  expect(await sh('stat -c "%a %U %G" /run/bench/api.sock')).toBe('660 root bench');
  api = new Client(`http://127.0.0.1:${await guest().forward('/run/bench/api.sock')}`);
  expect(await api.get('/v1/session')).toMatchObject({ who: 'the unix socket', scope: 'admin', csrf: null });
  expect(await benchJson(guest(), ['admin', 'status'])).toMatchObject({ running: true });
});

test('the story in a browser: in, and a snapshot', async () => {
  visitor = await visit(guest());
  const { page } = visitor;
  await visitor.open('');
  await page.getByText('sudo bench admin login').waitFor();
  await visitor.picture('login');
  const used = await visitor.logIn();
  await page.getByRole('link', { name: 'shop' }).waitFor();
  await visitor.picture('benches');
  // The address was good once.
  const code = used.slice(used.indexOf('=') + 1);
  const again = await api.ask('POST', '/v1/session', { body: { code } });
  expect(again.status).toBe(401);

  await visitor.open('benches/shop/snapshots');
  await page.getByRole('textbox', { name: 'Name' }).fill('before');
  await page.getByRole('textbox', { name: 'Note' }).fill('all is well');
  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  await visitor.done('volume:snapshot');
  await page.getByRole('rowheader', { name: 'before' }).waitFor();
  await visitor.picture('snapshots');
});

test('a disaster, a restore by its preview, and the way back', async () => {
  const { page } = visitor;
  const before = await contentOf(guest(), 'shop');
  await sql(guest(), 'shop', 'DROP TABLE app.orders');
  await sh('rm /srv/benches/shop/sites/file*');
  await page.getByRole('button', { name: 'Restore before' }).click();
  await page.getByText('Nothing is lost').waitFor();
  const restore = page.getByRole('button', { name: 'Restore', exact: true });
  expect(await restore.isDisabled()).toBe(true);
  await page.getByLabel('Type before to go on').fill('before');
  await visitor.picture('restore');
  await restore.click();
  await page.locator('[data-operation="volume:restore-snapshot"] li').first().waitFor();
  await visitor.picture('restoring');
  await visitor.done('volume:restore-snapshot');
  expect(await contentOf(guest(), 'shop')).toBe(before);

  await page.getByRole('button', { name: 'Undo the restore' }).click();
  await page.getByLabel('Type shop to go on').fill('shop');
  await visitor.picture('undo');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await visitor.done('volume:undo-restore');
  expect(await sh('ls /srv/benches/shop/sites | grep -c file || true')).toBe('0');
});

test('one thing out of a snapshot: a table in its place, files beside', async () => {
  const { page } = visitor;
  await page.getByRole('button', { name: 'Extract from before' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Database').fill('app');
  await dialog.getByLabel('Tables').fill('orders');
  await dialog.getByLabel('Where to').selectOption('in-place');
  const extract = dialog.getByRole('button', { name: 'Extract' });
  expect(await extract.isDisabled()).toBe(true);
  await dialog.getByLabel('Type before to go on').fill('before');
  await visitor.picture('extract');
  await extract.click();
  await visitor.done('volume:extract');
  expect(await sql(guest(), 'shop', 'SELECT COUNT(*) > 0 FROM app.orders')).toContain('1');
  await page.getByRole('button', { name: 'Extract from before' }).click();
  await dialog.getByLabel('What comes back').selectOption('files');
  await dialog.getByLabel('Paths').fill('sites');
  await extract.click();
  await visitor.done('volume:extract');
  expect(Number(await sh('ls /srv/benches/shop/from-before/sites | grep -c file'))).toBeGreaterThan(0);
  expect(await sh('ls /srv/benches/shop/sites | grep -c file || true')).toBe('0');
});

test('the ZFS Volume tab: less than is used is refused with nothing written, more is there at once', async () => {
  const { page } = visitor;
  await visitor.open('benches/shop/zfs-volume');
  const quota = page.getByRole('textbox', { name: 'Quota' });
  const started = await sh('systemctl show -P ActiveEnterTimestampMonotonic mariadb@shop');
  const toml = await sh('sha256sum /srv/benches/shop/bench.toml');
  await quota.fill('1M');
  await page.getByText('are used: with less, every write would fail').waitFor();
  expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await visitor.picture('quota-refused');
  const refused = await api.ask('PATCH', '/v1/benches/{bench}/settings', {
    words: { bench: 'shop' },
    body: { quotaBytes: 1024 ** 2 },
  });
  expect([refused.status, refused.json]).toEqual([
    409,
    expect.objectContaining({ code: 'quota-below-used' }),
  ]);
  expect(await sh('sha256sum /srv/benches/shop/bench.toml')).toBe(toml);
  await quota.fill('19G');
  await page.getByRole('button', { name: 'Save' }).click();
  await visitor.done('volume:set');
  expect(await sh('zfs get -Hpo value quota bench-pool/shop')).toBe(String(19 * 1024 ** 3));
  expect(await sh('systemctl show -P ActiveEnterTimestampMonotonic mariadb@shop')).toBe(started);
  await visitor.picture('zfs-volume');
});

test('a volume is made, attached, kept from being deleted, detached, and deleted', async () => {
  const { page } = visitor;
  await visitor.open('volumes');
  await page.getByRole('button', { name: 'New volume' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('uploads');
  await page.getByRole('dialog').getByLabel('Size').fill('1G');
  await page.getByRole('button', { name: 'Make it' }).click();
  await visitor.done('volume:create');
  await page.getByRole('button', { name: 'Attach uploads' }).click();
  await page.getByRole('dialog').getByRole('option', { name: 'shop' }).waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Attach', exact: true }).click();
  await visitor.done('volume:attach');
  expect(await sh('findmnt -n -o SOURCE /srv/benches/shop/sites/uploads')).toContain('_volumes/uploads');
  await visitor.picture('volumes');
  await page.getByRole('button', { name: 'Delete uploads' }).click();
  await page.getByLabel('Type uploads to go on').fill('uploads');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('alert').getByText('attached').first().waitFor();
  await visitor.picture('delete-refused');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Detach uploads from bench shop' }).click();
  await page.getByRole('button', { name: 'Detach', exact: true }).click();
  await visitor.done('volume:detach');
  await page.getByRole('button', { name: 'Delete uploads' }).click();
  await page.getByLabel('Type uploads to go on').fill('uploads');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await visitor.done('volume:delete');
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  expect(volumes.map(({ name }) => name)).not.toContain('uploads');
});

test('a schedule is changed, and its timer with it', async () => {
  const { page } = visitor;
  await visitor.open('benches/shop/schedule');
  await page.getByRole('textbox', { name: 'When' }).fill('hourly');
  await page.getByRole('textbox', { name: 'hourly' }).fill('24');
  await page.getByRole('textbox', { name: 'daily' }).fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await visitor.done('init');
  await page.getByText('timer runs').waitFor();
  expect(await benchJson(guest(), ['schedule', 'status', '-b', 'shop'])).toMatchObject({
    schedules: [{ snapshot: 'hourly', keep: { hourly: 24, daily: 7, weekly: 0 }, prune: true, active: true }],
  });
  await visitor.picture('schedule');
});

test('a new bench by the wizard, with nothing said but its name', async () => {
  const { page } = visitor;
  await visitor.open('new');
  await page.getByRole('textbox', { name: 'Name' }).fill('till');
  await visitor.picture('wizard');
  await page.getByRole('button', { name: 'Make the bench' }).click();
  await visitor.done('init');
  await page.getByRole('link', { name: 'Look at till' }).click();
  await page.getByText('mariadb@till.service').waitFor();
  const { mariadb, problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'till']);
  expect([mariadb.active, problems]).toEqual([true, []]);
});

test('a copy leaves the host, is proven, and comes back as another bench, by the page alone', async () => {
  const { page } = visitor;
  await visitor.open('benches/shop/copies');
  await page.getByText('No copies leave this host').waitFor();
  await startMoto(guest());
  await setUpOffsite(guest(), 'shop');
  await sh('bench config set offsite.keep.last 3 -b shop');
  const secret = await sh(`grep AGE-SECRET-KEY- ${STORE.identity}; rm ${STORE.identity}`);
  await page.getByRole('button', { name: 'Copy now' }).click();
  await visitor.done('offsite:push');
  await page.getByRole('button', { name: /^Verify the copy/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
  await visitor.done('offsite:verify');
  await page.getByText('hash ok').waitFor();
  await visitor.picture('copies');
  const live = await contentOf(guest(), 'shop');

  await page.getByRole('button', { name: /^Restore the copy/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of what comes back').fill('back');
  await dialog.getByLabel('Secret key of age').fill('AGE-SECRET');
  await dialog.getByText('That is no secret key').waitFor();
  await dialog.getByLabel('Secret key of age').fill(secret);
  const bringBack = dialog.getByRole('button', { name: 'Bring it back' });
  expect(await bringBack.isDisabled()).toBe(true);
  await dialog.getByLabel('Type back to go on').fill('back');
  await visitor.picture('restore-copy');
  await bringBack.click();
  await visitor.done('offsite:restore');
  // The key was in memory, and is nowhere.
  expect(await sh(`grep -rlF ${secret} /run /tmp /var/lib/bench /var/log || true`)).toBe('');
  expect(await sh('journalctl --no-pager -o cat | grep -c AGE-SECRET || true')).toBe('0');

  await visitor.open('volumes');
  await page.getByRole('button', { name: 'Make a bench of back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click();
  await visitor.done('init');
  expect(await contentOf(guest(), 'back')).toBe(live);
});

test('nobody is kept out: roles, colours, keys, the width of a phone; and nothing leaves the host', async () => {
  const { page } = visitor;
  const pages = [
    '',
    'volumes',
    'new',
    ...['overview', 'snapshots', 'zfs-volume', 'volumes', 'schedule', 'copies', 'problems'].map(
      (tab) => `benches/shop/${tab}`,
    ),
  ];
  for (const path of pages) {
    await visitor.open(path);
    await page.getByText('Looking').first().waitFor({ state: 'detached' });
    expect(await visitor.barriers(), path).toEqual([]);
    expect(await visitor.tooWide(), path).toBe(0);
  }
  await visitor.open('benches/shop/overview');
  await page.getByRole('img', { name: /Space over time/ }).waitFor();
  await visitor.picture('overview');
  // By keys alone, from the top: where somebody clicked before, a browser goes on from there.
  await page.reload();
  await page.getByRole('img', { name: /Space over time/ }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
  await visitor.open('benches/shop/snapshots');
  await page.getByRole('button', { name: 'Restore before' }).press('Enter');
  await page.getByRole('dialog').waitFor();
  expect(await visitor.barriers()).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // What was refused on purpose is told by the browser as well.
  expect(visitor.faults.filter((fault) => !/status of (401|409)/.test(fault))).toEqual([]);
});

test('every look of the API is as its document says', async () => {
  const words = { bench: 'shop', tag: 'fresh' };
  await api.run('POST', '/v1/benches/{bench}/snapshots', { words, body: { tag: 'fresh' } });
  const made = await api.run('POST', '/v1/volumes', { body: { name: 'files', sizeBytes: 1024 ** 3 } });
  expect(made).toMatchObject({ state: 'done', result: { changed: true, volume: { name: 'files' } } });
  const { operations } = await api.get<{ operations: Operation[] }>('/v1/operations');
  expect(operations.map(({ command, state }) => `${command} ${state}`)).toContain(
    'volume:restore-snapshot done',
  );
  const [operation] = operations;
  // Events do not end, and what a bench would do in a fleet only a host of one can say.
  for (const route of looks().filter((path) => !/\/events$|\/(promote|move)$/.test(path)))
    await api.get(route, {
      ...words,
      id: route.includes('operations') ? (operation?.id ?? '') : 'files',
    });
});

test('If-Match, the same request twice, and an operation that a new server finds', async () => {
  const words = { bench: 'shop' };
  const route = '/v1/benches/{bench}/settings';
  const seen = await api.ask('GET', route, { words });
  const tag = seen.headers.get('etag') ?? '';
  await api.run('PATCH', route, {
    words,
    body: { quotaBytes: 18 * 1024 ** 3 },
    headers: { 'If-Match': tag },
  });
  const late = await api.ask('PATCH', route, {
    words,
    body: { quotaBytes: 17 * 1024 ** 3 },
    headers: { 'If-Match': tag },
  });
  expect(late.status).toBe(412);

  const snapshot = { words, body: { note: 'once' }, headers: { 'Idempotency-Key': 'k1' } };
  const snapshots = '/v1/benches/{bench}/snapshots';
  const [first, second] = await Promise.all([
    api.ask<Operation>('POST', snapshots, snapshot),
    api.ask<Operation>('POST', snapshots, snapshot),
  ]);
  expect(first.json.id).toBe(second.json.id);
  // Killed in the middle, the server comes back with the next request, and the operation has gone on.
  await sh('systemctl kill --signal=KILL bench-admin');
  const ended = await api.untilEnd(first.json.id);
  expect(ended).toMatchObject({ state: 'done', result: { quiesce: 'backup-stage' } });
  expect(await sh('zfs list -Ht snapshot -o bench:note bench-pool/shop | grep -c once')).toBe('1');
});

test('what stands before it holds from outside, and the journal says who did what', async () => {
  const port = new URL(visitor.address).port;
  const outside = (headers: Record<string, string>) =>
    guest().run([
      'node',
      '-e',
      `
        const [headers] = JSON.parse(process.argv[1]);
        require('node:http').get({ port: 8443, path: '/v1/benches', headers }, (answer) => console.log(answer.statusCode));
      `,
      JSON.stringify([headers]),
    ]);
  expect(port).toMatch(/^\d+$/);
  const statusOf = async (headers: Record<string, string>) => Number((await outside(headers)).stdout);
  expect(await statusOf({})).toBe(401);
  expect(await statusOf({ host: 'evil.example' })).toBe(403);
  const { token } = await benchJson<{ token: string }>(guest(), ['admin', 'token', 'create', 'watch']);
  const authorization = `Bearer ${token}`;
  expect(await statusOf({ authorization })).toBe(200);
  expect(await statusOf({ authorization, origin: 'https://evil.example' })).toBe(403);
  await benchJson(guest(), ['admin', 'token', 'revoke', 'watch']);
  expect(await statusOf({ authorization })).toBe(401);
  const journal = await sh('journalctl -u bench-admin --no-pager -o cat');
  expect(journal).toMatch(
    /audit \{"who":"session of root \([0-9a-f]{16}\)","what":"POST \/v1\/benches\/shop\/restore","status":202,"operation":"\w+"\}/,
  );
  expect(journal).not.toContain(token);
  expect(
    Number((await sh('grep VmRSS /proc/$(systemctl show -P MainPID bench-admin)/status')).split(/\s+/)[1]),
  ).toBeLessThan(120 * 1024);
});

test('bench admin disable takes it away, and leaves benches as they are', async () => {
  await benchJson(guest(), ['admin', 'disable']);
  expect(await sh('ls /run/bench/api.sock /etc/systemd/system/bench-admin* 2>/dev/null || true')).toBe('');
  const { mariadb, problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  // What the restore has kept is still there.
  expect([mariadb.active, problems.map(({ code }) => code)]).toEqual([true, ['kept-undo']]);
});
