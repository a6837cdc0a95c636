import { beforeAll, expect, test } from 'vitest';
import { useBrowser, type Visitor } from '../browser.js';
import { letIn, startEtcd } from '../fleet-support.js';
import { benchJson, contentOf } from '../product.js';
import { makePool } from '../replicate-support.js';
import { useGuests } from '../support.js';

const guests = useGuests({ web1: { image: 'bench' }, web2: { image: 'product', disks: [{ size: '20G' }] } });
const visit = useBrowser();
let visitor: Visitor;

const tell = async () => {
  for (const guest of [guests().web1, guests().web2]) await benchJson(guest, ['fleet', 'publish']);
};

beforeAll(async () => {
  const { web1, web2 } = guests();
  await Promise.all([
    startEtcd(web2, { web1, web2 }),
    makePool(web2),
    web1.sh('bench volume create files 1G --label tier=gold --description scans'),
  ]);
  await letIn(web1, 'web1', ['--label', 'role=prod']);
  await letIn(web2, 'web2', ['--label', 'role=spare']);
  await web1.sh('bench replicate setup web2 -b shop --as web1 --yes && bench replicate run -b shop');
  await tell();
  await benchJson(web1, ['admin', 'enable', '--listen', '127.0.0.1:8443']);
}, 400_000);

test('the hosts, their benches and volumes are found by one page, which asks the server only', async () => {
  visitor = await visit(guests().web1);
  const { page } = visitor;
  await visitor.logIn();
  await page.getByRole('link', { name: 'Fleet' }).click();
  await page.getByRole('rowheader', { name: 'web2' }).waitFor();
  await page.getByRole('row', { name: /^shop web1 running .* web2/ }).waitFor();
  await page.getByRole('textbox', { name: 'Search' }).fill('tier=gold');
  await page.getByRole('rowheader', { name: 'shop', exact: true }).nth(1).waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /^files scans web1/ }).waitFor();
  await visitor.picture('fleet');
  expect(await visitor.barriers()).toEqual([]);
  expect(await visitor.tooWide()).toBe(0);
  await page.getByRole('textbox', { name: 'Hosts' }).fill('role=spare');
  await page.getByText('There is no bench on these hosts.').waitFor();
  await page.getByRole('textbox', { name: 'Hosts' }).fill('nowhere');
  await page
    .getByText(/nowhere/)
    .first()
    .waitFor();
  await page.getByRole('textbox', { name: 'Hosts' }).fill('');
  await page.getByRole('textbox', { name: 'Search' }).fill('');
});

test('a bench is moved to the other host, with the name typed', async () => {
  const { page } = visitor;
  const before = await contentOf(guests().web1, 'shop');
  await page.getByRole('button', { name: 'Move shop' }).click();
  await page.getByText('It stops on web1 for the time of its last increment').waitFor();
  const move = page.getByRole('button', { name: 'Move it' });
  expect(await move.isDisabled()).toBe(true);
  await page.getByLabel('Type shop to go on').fill('shop');
  await visitor.picture('move');
  await move.click();
  await visitor.done('fleet:move');
  expect(await contentOf(guests().web2, 'shop')).toBe(before);
});

test('and taken up from its copy: refused while the other host runs it, unless that is stopped', async () => {
  const { web1, web2 } = guests();
  const { page } = visitor;
  await web2.sh('bench replicate run -b shop');
  await tell();
  await page.reload();
  await page.getByRole('button', { name: 'Take up shop elsewhere' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Type shop to go on').fill('shop');
  const takeUp = dialog.getByRole('button', { name: 'Take it up' });
  expect(await takeUp.isDisabled()).toBe(true);
  await dialog.getByLabel('Stop it on the host that runs it').check();
  await dialog.getByText('Lost: what was written since.').waitFor();
  await dialog.getByText('web2 runs it now').waitFor();
  await visitor.picture('take-up');
  await takeUp.click();
  await visitor.done('fleet:promote');
  expect(
    await benchJson(web1, ['fleet', 'benches', 'shop', '--host', 'web1', '--status', 'running']),
  ).toMatchObject({
    benches: [{ host: 'web1', owner: 'web1', ownerEpoch: 3, state: 'running' }],
  });
  // What was refused on purpose is told by the browser as well.
  expect(visitor.faults.filter((fault) => !/status of (400|409)/.test(fault))).toEqual([]);
});
