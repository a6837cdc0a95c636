import type { Guest } from '../../../../guest/guest.js';
import type { StartOptions } from '../../../../guest/start.js';

/** What the terminal shows when keys are due, and the keys, as printf(1) takes them. */
export type Answer = readonly [waits: string, keys: string];

/** An example of the help, and how it is tried. */
export interface Example {
  example: string;
  /** What is typed where the example has a place for the reader's own, such as `age1…`. */
  typed?: string;
  /** What the terminal asks, and what is answered; without this there is no terminal. */
  answers?: readonly Answer[];
  /** Other than 0: with a comment why. */
  exits?: number;
  /** Where it is typed; else in the bench's directory, unless it names what it is about. */
  at?: string;
  /** The guest; else the first one of the chapter. */
  on?: string;
}

/** What examples rely on. */
export interface Between {
  needs: string;
  on?: string;
}

/** Examples in an order in which an operator could type them, on guests of their own. */
export interface Chapter {
  title: string;
  guests: Readonly<Record<string, StartOptions>>;
  /** Before the first step. */
  prepare?: (guests: Readonly<Record<string, Guest>>) => Promise<void>;
  /** A string is an example that is typed as it stands and ends with 0. */
  steps: readonly (string | Example | Between)[];
}

/** A command that has a word typed before something is lost. */
export const confirmed = (example: string, word: string, on?: string): Example => ({
  example,
  answers: [[`Type ${word} to go on: `, `${word}\\r`]],
  ...(on === undefined ? {} : { on }),
});

/** A command that shows its plan and asks. */
export const agreed = (example: string): Example => ({
  example,
  answers: [['Carry this out? [y/N] ', 'y\\r']],
});
