import { join } from 'node:path';
import { type Key as InkKey, useApp, useInput } from 'ink';
import { useEffect, useReducer } from 'react';
import { InterruptedError, RefusedError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import type { Offer } from '../volume-manager/volume-manager.js';
import { Lines } from './lines.js';
import { showScreen } from './screen.js';
import { type NewBenchWish, wishOf } from './wizard-questions.js';
import { wizardRows } from './wizard-rows.js';
import { type Key, press, startWizard, type WizardState } from './wizard-state.js';

interface WizardProps {
  start: WizardState;
  output: NodeJS.WriteStream;
  end: (state: WizardState) => void;
}

function Wizard({ start, output, end }: WizardProps) {
  const { exit } = useApp();
  const [state, send] = useReducer(
    (before: WizardState, keys: readonly Key[]) => keys.reduce(press, before),
    start,
  );
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useInput((input, key) => send(keysOf(input, key)));
  useEffect(() => {
    output.on('resize', redraw);
    return () => {
      output.off('resize', redraw);
    };
  }, [output]);
  useEffect(() => {
    if (state.outcome === undefined) return;
    end(state);
    exit();
  }, [state, end, exit]);
  return <Lines rows={wizardRows(state, fileOf, output)} />;
}

function fileOf(name: string): string {
  return join(benchesRoot(), name, 'bench.toml');
}

/** As a terminal sends them, and what ink makes of those that come alone. */
const CONTROLS: Readonly<Record<string, Key>> = {
  '\r': { kind: 'enter' },
  '\n': { kind: 'enter' },
  '\u0003': { kind: 'interrupt' },
  '\u0004': { kind: 'interrupt' },
  '\u0015': { kind: 'clear' },
  '\u007f': { kind: 'erase' },
  '\b': { kind: 'erase' },
};

function keysOf(input: string, key: InkKey): Key[] {
  if (key.escape || (key.ctrl && (input === 'c' || input === 'd'))) return [{ kind: 'interrupt' }];
  if (key.tab) return key.shift ? [{ kind: 'back' }] : [];
  if (key.ctrl) return input === 'u' ? [{ kind: 'clear' }] : [];
  if (key.upArrow) return [{ kind: 'up' }];
  if (key.downArrow) return [{ kind: 'down' }];
  if (key.backspace || key.delete) return [{ kind: 'erase' }];
  if (key.return) return [{ kind: 'enter' }];
  // What was pasted, or typed faster than it was read, arrives as one text.
  return [...input].flatMap((character): Key[] => {
    const control = CONTROLS[character];
    if (control !== undefined) return [control];
    return character < ' ' ? [] : [{ kind: 'character', character }];
  });
}

/**
 * Asks for what `bench new` writes. Drawn on standard error, so that standard output stays the result's.
 * @throws InterruptedError for Esc, Ctrl-C and Ctrl-D, RefusedError `not-confirmed`; nothing was written
 */
export async function askForBench(offer: Offer, wantedName: string): Promise<NewBenchWish> {
  const output = process.stderr;
  let last: WizardState = startWizard(offer, wantedName);
  const end = (state: WizardState) => {
    last = state;
  };
  await showScreen(<Wizard start={last} output={output} end={end} />, { output, alternate: false });
  if (last.outcome === 'confirmed') return wishOf(offer, last.answers);
  if (last.outcome === 'declined')
    throw new RefusedError('not-confirmed', 'It was not agreed to. Nothing was changed.');
  throw new InterruptedError('interrupted', 'Interrupted at the prompt. Nothing was changed.');
}
