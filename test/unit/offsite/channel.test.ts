import { expect, test } from 'vitest';
import { Channel } from '../../../src/offsite/channel.js';

const BYTES = Buffer.from('bytes');

async function writing(channel: Channel, written: number[]) {
  for (const index of [1, 2, 3]) {
    await channel.write(BYTES);
    written.push(index);
  }
  channel.close();
}

test('hands on everything, one at a time', async () => {
  const [channel, written] = [new Channel(), [] as number[]];
  const writer = writing(channel, written);
  let read = 0;
  for await (const chunk of channel) {
    expect(chunk).toBe(BYTES);
    read += 1;
    expect(written.length).toBeLessThan(read);
  }
  await writer;
  expect(read).toBe(3);
});

test('keeps no writer waiting whose reader leaves with a piece in its hands', async () => {
  const [channel, written] = [new Channel(), [] as number[]];
  const writer = writing(channel, written);
  for await (const _ of channel) break;
  await writer;
  expect(written).toEqual([1, 2, 3]);
});

test('nor where the reader fails, or nobody ever reads', async () => {
  const [failing, left] = [new Channel(), new Channel()];
  const writers = [writing(failing, []), writing(left, [])];
  const read = async () => {
    for await (const _ of failing) throw new Error('full');
  };
  await expect(read()).rejects.toThrow('full');
  left.leave();
  await Promise.all(writers);
});
