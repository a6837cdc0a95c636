import { describe, expect, test } from 'vitest';
import { wishOf } from '../../../src/ui/wizard-questions.js';
import { wizardRows } from '../../../src/ui/wizard-rows.js';
import { type Key, press, startWizard, type WizardState } from '../../../src/ui/wizard-state.js';
import type { Offer } from '../../../src/volume-manager/offer.js';
import { GIB, MIB } from '../../../src/volume-manager/sizing.js';
import { disk, offer } from './offer.js';

const key = (kind: Exclude<Key['kind'], 'character'>): Key => ({ kind });
const enter = key('enter');
const text = (typed: string): Key[] => [
  key('clear'),
  ...[...typed].map((character): Key => ({ kind: 'character', character })),
];
const answer = (typed: string): Key[] => [...text(typed), enter];
const run = (given: Offer, keys: readonly Key[]): WizardState =>
  keys.reduce(press, startWizard(given, 'shop'));
const shown = (state: WizardState, rows = 24) =>
  wizardRows(state, (name) => `/srv/benches/${name}/bench.toml`, { columns: 80, rows }).map((row) =>
    row.map((span) => span.text).join(''),
  );

const written = (state: WizardState) =>
  Object.fromEntries(wishOf(state.offer, state.answers).changes.map(({ key: name, value }) => [name, value]));

describe('Enter at every question takes what bench init would take by itself', () => {
  test('the largest free disk, all of it, and 15 %', async () => {
    const state = run(await offer(), [enter, enter, enter, enter, enter, ...text('y').slice(1)]);
    expect(state.outcome).toBe('confirmed');
    expect(state.answers).toMatchObject({ name: 'shop', port: '3308' });
    expect(written(state)).toEqual({
      'volume.backing': 'device',
      'volume.device': '/dev/disk/by-id/virtio-c',
      'volume.dataset.quota': '38G',
      'volume.dataset.reservation': '5G',
    });
  });

  test('an image where no disk is free', async () => {
    const state = run(await offer({ disks: [] }), Array(6).fill(enter));
    expect(state.at).toBe('confirm');
    expect(written(state)).toEqual({
      'volume.backing': 'image',
      'volume.image.size': '45G',
      'volume.dataset.quota': '43G',
      'volume.dataset.reservation': '6G',
    });
  });

  test('what is free in the pool that is there', async () => {
    const root = { name: 'bench-pool', usedBytes: 20 * GIB, availableBytes: 80 * GIB, reservationBytes: 0 };
    const other = { ...root, name: 'bench-pool/other', usedBytes: GIB, reservationBytes: 20 * GIB };
    const pool = {
      name: 'bench-pool',
      sizeBytes: 103 * GIB,
      backingPath: '/dev/sdb',
      datasets: [root, other],
    };
    const facts = { pool } as unknown as Offer['facts'];
    const state = run(await offer(facts), Array(5).fill(enter));
    expect(written(state)).toEqual({
      'volume.backing': 'device',
      'volume.device': '/dev/sdb',
      'volume.dataset.quota': '80G',
      'volume.dataset.reservation': '12G',
    });
  });

  test('the image of another bench’s pool, whose size is the file’s', async () => {
    const path = '/var/lib/bench-zfs/bench-pool.img';
    const datasets = [{ name: 'bench-pool', usedBytes: 0, availableBytes: 28 * GIB, reservationBytes: 0 }];
    const pool = { name: 'bench-pool', sizeBytes: 29 * GIB, backingPath: path, datasets };
    const facts = { pool, imageBytes: 30 * GIB } as unknown as Offer['facts'];
    const state = run(await offer(facts), Array(5).fill(enter));
    expect(written(state)).toMatchObject({ 'volume.backing': 'image', 'volume.image.size': '30G' });
  });

  test('and no sizes for a pool that init has to import before it can be looked into', async () => {
    const state = run({ ...(await offer()), isImportable: true }, [enter, enter, enter]);
    expect(state.at).toBe('confirm');
    expect(written(state)).toEqual({});
  });
});

describe('an answer that cannot be is refused where it is given', () => {
  test.each<[string, Key[], RegExp]>([
    ['no name', answer(''), /^It must start with a letter/],
    ['a name with a blank', answer('my shop'), /^It must start with a letter/],
    [
      'a name that MariaDB cannot have for an instance',
      answer('bootstrap'),
      /must not be "bootstrap"|its own/,
    ],
    ['another bench’s name', answer('other'), /^There is a bench of that name/],
    ['a port with letters', [enter, ...answer('33o8')], /^It must be a whole number from 1 to 65535/],
    ['port 0', [enter, ...answer('0')], /^It must be a whole number from 1 to 65535/],
    ['another bench’s port', [enter, ...answer('3307')], /^It belongs to the bench other/],
    ['a port in use', [enter, ...answer('3309')], /^It is in use/],
    ['GB', [enter, enter, enter, ...answer('20GB')], /^It must be a positive whole number/],
    ['a quota above the disk', [enter, enter, enter, ...answer('41G')], /larger than what the pool lies on/],
    [
      'a reservation above the quota',
      [enter, enter, enter, ...answer('5G'), ...answer('6G')],
      /larger than the quota/,
    ],
    [
      'an image larger than what is free',
      [enter, enter, key('down'), key('down'), enter, ...answer('61G')],
      /does not fit: only 60G are free/,
    ],
  ])('%s', async (_, keys, problem) => {
    const state = run(await offer(), keys);
    expect(state.problem).toMatch(problem);
    expect(state.outcome).toBeUndefined();
    const again = press(state, { kind: 'clear' });
    expect(again.problem).toBeUndefined();
  });

  test('an image where there is no room for one', async () => {
    const state = run(await offer({ disks: [], imageFreeBytes: 5 * GIB + MIB }), [enter, enter, enter]);
    expect(state).toMatchObject({ at: 'place', problem: expect.stringContaining('needs at least 10G') });
  });
});

test('going back gives up what was answered after, and another disk has other sizes', async () => {
  const state = run(await offer(), [
    ...[enter, enter, enter, enter],
    ...[key('back'), key('back'), key('down'), enter],
  ]);
  expect(state).toMatchObject({ at: 'quota', draft: '18G', answers: { place: '1' } });
  expect(run(await offer(), [key('back')])).toMatchObject({ at: 'name', draft: 'shop' });
});

test('Esc or Ctrl-C ends it at any question; only y writes', async () => {
  const given = await offer();
  for (let answered = 0; answered <= 5; answered += 1) {
    const state = run(given, [...Array(answered).fill(enter), key('interrupt'), ...answer('y')]);
    expect(state.outcome).toBe('interrupted');
  }
  const all = Array(5).fill(enter);
  expect(run(given, [...all, enter]).outcome).toBe('declined');
  expect(run(given, [...all, ...text('n').slice(1)]).outcome).toBe('declined');
});

test('disks that do not qualify are shown with their reasons, cut where the terminal ends', async () => {
  const one = shown(run(await offer(), [enter, enter]));
  expect(one).toContain('Backing      > the disk /dev/disk/by-id/virtio-c (40G)');
  expect(one).toContain('    /dev/vda (100G): /dev/vda is mounted at /');
  const reasons = [{ code: 'mounted' as const, message: 'it is mounted' }];
  const disks = [...Array(30).keys()].map((index) => disk(`/dev/sd${index}`, 20, reasons));
  const many = shown(run(await offer({ disks }), [enter, enter]));
  expect(many).toHaveLength(23);
  expect(many.at(-1)).toMatch(/^ {4}… and \d+ more: bench volume discover$/);
});
