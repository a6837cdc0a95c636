import { expect, test } from 'vitest';
import { type Extent, walkThrough } from '../../prove/faults/matrix.js';
import { quickOperations } from '../../prove/faults/operations.js';
import { type Scene, setScene } from '../../prove/faults/scene.js';
import { useGuest } from './support.js';

/** A part of the fault matrix; init and the restores take too long for every change: `npm run prove`. */
const guest = useGuest({ image: 'product', disks: [{ size: '20G' }] });

let scene: Scene;

test('a bench with data', async () => {
  scene = await setScene(guest());
});

test.each<[string, Extent, number]>([
  ['volume snapshot', 'each', 6],
  ['volume destroy-snapshot', 'one', 1],
  ['volume set', 'one', 5],
])('%s, harmed wherever it changes something (%s)', { timeout: 1_200_000 }, async (title, extent, least) => {
  const operation = quickOperations(scene).find((each) => each.title === title);
  if (operation === undefined) throw new Error(`no operation ${title}`);
  const cases = await walkThrough(guest(), operation, { extent });
  expect(cases.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(cases.length).toBeGreaterThanOrEqual(least);
});
