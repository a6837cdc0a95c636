/** Asks as commands do, for terminal.test.ts; exits as a command would. */

import { reportFailure } from '../../src/output/failure.js';
import { confirmByTyping } from '../../src/output/prompt.js';

try {
  await confirmByTyping('shop', 'This test', process.argv.includes('--json'));
  console.log('confirmed');
} catch (error) {
  reportFailure(error, { json: process.argv.includes('--json') });
}
