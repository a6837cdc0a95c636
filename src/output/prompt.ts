import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError, RefusedError } from '../errors.js';

/** Whether a person can be asked: both ends are a terminal, and standard output is not JSON's. */
export function canAsk(json: boolean): boolean {
  return !json && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

const UNCHANGED = 'Nothing was changed.';

/**
 * Asks on standard error, so that standard output stays the result's. Ctrl-C and end of input interrupt.
 * @param left what an operator who stops here has to know about the state of things
 */
export async function ask(question: string, left = UNCHANGED): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => {
        // The terminal's cursor still stands behind the question.
        process.stderr.write('\n');
        reject(new InterruptedError('interrupted', `Interrupted at the prompt. ${left}`));
      };
      prompt.once('SIGINT', stop);
      prompt.once('close', stop);
      prompt.question(question).then(resolve, reject);
    });
  } finally {
    prompt.removeAllListeners('close');
    prompt.close();
  }
}

/**
 * Asks for what must not be seen: nothing of it is shown.
 * @param left as for {@link ask}
 */
export async function askSecret(question: string, left = UNCHANGED): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => reject(new InterruptedError('interrupted', `Interrupted at the prompt. ${left}`));
      prompt.once('SIGINT', stop);
      prompt.once('close', stop);
      prompt.question('').then(resolve, reject);
    });
  } finally {
    process.stderr.write('\n');
    prompt.removeAllListeners('close');
    prompt.close();
  }
}

/**
 * Whether the operator agrees to what was shown; anything but y or yes is a no.
 * @param left as for {@link ask}
 */
export async function agrees(left = UNCHANGED): Promise<boolean> {
  return /^y(es)?$/i.test((await ask('Carry this out? [y/N] ', left)).trim());
}

/** @throws RefusedError `confirmation-needed` without a terminal */
export function requireTerminal(what: string, json: boolean): void {
  if (canAsk(json)) return;
  throw new RefusedError(
    'confirmation-needed',
    `${what} needs a confirmation, and there is no terminal to ask on. Nothing was changed.`,
    {
      suggestions: ['Add --yes where you are sure.'],
    },
  );
}

/**
 * Has the operator type a word before something is lost.
 * @throws RefusedError `confirmation-needed` without a terminal, `not-confirmed` for anything else typed
 */
export async function confirmByTyping(word: string, what: string, json: boolean): Promise<void> {
  requireTerminal(what, json);
  if ((await ask(`Type ${word} to go on: `)).trim() !== word) {
    throw new RefusedError('not-confirmed', `${word} was not typed. Nothing was changed.`);
  }
}
