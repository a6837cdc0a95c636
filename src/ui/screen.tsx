import { setImmediate } from 'node:timers/promises';
import { render } from 'ink';
import type { ReactNode } from 'react';

const ENTER_ALTERNATE = '\u001b[?1049h\u001b[H';
const LEAVE_ALTERNATE = '\u001b[?1049l';
const SHOW_CURSOR = '\u001b[?25h';

export interface ScreenOptions {
  /** The terminal that is drawn on. */
  output: NodeJS.WriteStream;
  /** Draw on the terminal's other screen, so that what was there before is there afterwards. */
  alternate: boolean;
}

/** Signals that end a program; ink alone would die of them before the other screen is left. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Draws until the component calls ink's `exit`. Whatever ends it (an error, a signal, a bug somewhere else in bench), the
 * terminal gets its cursor, its mode and its screen back.
 * @throws what the component passed to `exit`, or threw
 */
export async function showScreen(node: ReactNode, { output, alternate }: ScreenOptions): Promise<void> {
  // A serial line knows no size (0x0).
  if (!output.columns || !output.rows) Object.assign(output, { columns: 80, rows: 24 });
  // Before anything is shown: who answers at once would still be heard by the terminal's own line editor.
  process.stdin.setRawMode(true);
  if (alternate) output.write(ENTER_ALTERNATE);
  // Not incrementally: ink 6.8 then goes up a line too few. What has not changed is not written again anyway.
  const screen = render(node, { stdout: output, exitOnCtrlC: false, patchConsole: false });
  let restored = false;
  const restore = () => {
    if (restored) return;
    restored = true;
    screen.unmount();
    process.stdin.setRawMode(false);
    output.write(alternate ? SHOW_CURSOR + LEAVE_ALTERNATE : SHOW_CURSOR);
  };
  const end = (signal: NodeJS.Signals) => {
    restore();
    process.exit(128 + SIGNALS[signal as keyof typeof SIGNALS]);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, end);
  process.on('exit', restore);
  // Before the bug is told, which would vanish with the other screen.
  process.prependListener('uncaughtException', restore);
  try {
    await screen.waitUntilExit();
  } finally {
    restore();
    for (const signal of Object.keys(SIGNALS)) process.off(signal, end);
    process.off('exit', restore);
    process.off('uncaughtException', restore);
    await releaseInput();
  }
}

/**
 * ink leaves standard input read from and at the same time not waited for: a question asked after the screen would not
 * keep bench alive until its answer, and bench would end in the middle of its work, with exit code 0.
 */
async function releaseInput(): Promise<void> {
  // Node takes note in the next tick that ink does not listen any more; before that there is nothing to pause.
  await setImmediate();
  process.stdin.pause();
  process.stdin.ref();
}
