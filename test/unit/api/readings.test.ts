import { expect, onTestFinished, test, vi } from 'vitest';
import { Readings } from '../../../src/api/readings.js';

/** Looks that come back when they are told to. */
function slow() {
  const returns: ((value: number) => void)[] = [];
  let begun = 0;
  const look = () =>
    new Promise<number>((resolve) => {
      const number = ++begun;
      returns.push(() => resolve(number));
    });
  return { look, begun: () => begun, comesBack: () => returns.shift()?.(0) };
}

test('one look serves all who ask, until it is old', async () => {
  let looks = 0;
  const readings = new Readings(1000);
  const get = (now: number) => readings.of('alice').get('x', async () => ++looks, { now });
  const now = performance.now();
  expect(await Promise.all([get(now), get(now), get(now)])).toEqual([1, 1, 1]);
  expect(await get(now + 500)).toBe(1);
  expect(await get(now + 60_000)).toBe(2);
});

test('an old look does not serve on when the clock is set back', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let looks = 0;
  const readings = new Readings(1000);
  const get = () => readings.of('alice').get('x', async () => ++looks);
  expect(await get()).toBe(1);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(await get()).toBe(1);
  vi.advanceTimersByTime(1500);
  await get();
  expect(await get()).toBe(2);
});

test('who asks while the next look is under way is given the last one, if that is no older than seconds', async () => {
  const { look, begun, comesBack } = slow();
  const readings = new Readings(1000);
  const now = performance.now();
  const get = (after: number) => readings.of('alice').get('x', look, { now: now + after });
  const first = get(0);
  comesBack();
  expect(await first).toBe(1);
  expect(await get(1500)).toBe(1);
  expect(begun()).toBe(2);
  const late = get(4001);
  comesBack();
  expect(await late).toBe(2);
  expect(begun()).toBe(2);
});

test('a look that fails is said, and not covered by the one before', async () => {
  const readings = new Readings(1000);
  const now = performance.now();
  const get = (after: number, look: () => Promise<number>) =>
    readings.of('alice').get('x', look, { now: now + after });
  await get(0, async () => 1);
  const fails = () => Promise.reject(new Error('gone'));
  expect(await get(1500, fails)).toBe(1);
  await expect(get(1600, fails)).rejects.toThrow('gone');
});

test('who has changed something is shown nothing older than that; others wait for nobody', async () => {
  let looks = 0;
  const readings = new Readings(1000);
  const get = (who: string) => readings.of(who).get('x', async () => ++looks);
  expect(await get('alice')).toBe(1);
  readings.changed('alice');
  expect(await get('bob')).toBe(1);
  expect(await get('alice')).toBe(2);
  expect(await get('bob')).toBe(2);
  readings.changed();
  expect(await get('bob')).toBe(3);
});

test('a look that was begun before a change is no answer to who has made it, though it comes back later', async () => {
  const { look, comesBack } = slow();
  const readings = new Readings(1000);
  const early = readings.of('bob').get('x', look);
  readings.changed('alice');
  const own = readings.of('alice').get('x', look);
  comesBack();
  comesBack();
  expect(await Promise.all([early, own])).toEqual([1, 2]);
});
