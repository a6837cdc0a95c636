import { expect, test } from 'vitest';
import { type CloneMarks, cloneProperties, parseCloneMarks } from '../../../src/zfs/clone-marks.js';

const marks: CloneMarks = {
  source: 'shop',
  tag: '20261124-160000',
  template: 'base',
  state: 'unprepared',
  serverId: 123456,
  heldUnits: ['shop-web.service', 'worker@shop.service'],
  expiresAt: new Date('2026-11-24T18:30:00Z'),
  isProtected: true,
};

/** What `zfs list` would print for these properties. */
function columns(properties: Record<string, string>): Parameters<typeof parseCloneMarks>[0] {
  const of = (name: string) => properties[`bench:${name}`] ?? '-';
  return [
    of('origin'),
    of('from-template'),
    of('clone'),
    of('server-id'),
    of('held-units'),
    of('expires'),
    of('protected'),
  ];
}

test('what is written of a clone is what is read', () => {
  const properties = cloneProperties(marks);
  expect(properties).toEqual({
    'bench:origin': 'shop%4020261124-160000',
    'bench:from-template': 'base',
    'bench:clone': 'unprepared',
    'bench:server-id': '123456',
    'bench:held-units': 'shop-web.service%2Cworker%40shop.service',
    'bench:expires': '20261124T183000Z',
    'bench:protected': 'yes',
  });
  expect(parseCloneMarks(columns(properties))).toEqual(marks);
  const nothing = { template: undefined, heldUnits: [], expiresAt: undefined, isProtected: false };
  const plain: CloneMarks = { ...marks, ...nothing, state: 'ready' };
  expect(parseCloneMarks(columns(cloneProperties(plain)))).toEqual(plain);
});

test('a dataset without the state is no clone', () => {
  expect(parseCloneMarks(columns({}))).toBeUndefined();
  expect(parseCloneMarks(columns({ 'bench:expires': '20261124T183000Z' }))).toBeUndefined();
});

test.each(['', 'soon', '20261124', '20261340T000000Z', '2026-11-24T18:30:00Z'])(
  'a time that bench has not written, %j, is no end',
  (expires) => {
    const properties = { ...cloneProperties(marks), 'bench:expires': expires };
    expect(parseCloneMarks(columns(properties))?.expiresAt).toBeUndefined();
  },
);

test('a state that is not known is that of a clone which must not act', () => {
  expect(parseCloneMarks(columns({ ...cloneProperties(marks), 'bench:clone': 'x' }))?.state).toBe(
    'unprepared',
  );
});
