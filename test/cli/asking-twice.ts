/** The wizard, and then a question as `bench init` asks it, for wizard.test.ts. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../src/output/prompt.js';
import { askForBench } from '../../src/ui/wizard.js';
import { offer } from '../unit/ui/offer.js';

const { name } = await askForBench(await offer(), 'shop');
// As long as it takes to make a plan.
await sleep(300);
const answer = await ask(`Carry out ${name}? `);
// What is still to be done after an answer takes its time.
await sleep(300);
console.log(`answered ${answer}`);
