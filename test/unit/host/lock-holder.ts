import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../src/host/lock.js';

/** `lock-holder.ts PATH MS`: holds the lock for that long and says so on standard output. */
const [path = '', ms = '0'] = process.argv.slice(2);
await withLock({ path, timeoutMs: 20_000, purpose: 'holding for a test' }, async () => {
  process.stdout.write('held\n');
  await sleep(Number(ms));
});
