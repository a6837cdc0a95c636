import { spawn } from 'node:child_process';

/** What a person does when the terminal shows something. */
export interface Act {
  /** What the terminal shows, after what the act before has waited for; keys typed earlier would be read by nobody. */
  after: string | RegExp;
  keys?: string;
  /** How long the person thinks before; in milliseconds. */
  thinks?: number;
  /** To whatever runs in the terminal, by the process id that `after` has a group for, or that was printed. */
  act?: (output: string) => void;
}

export interface Shown {
  code: number | null;
  /** Everything that the terminal was sent. */
  output: string;
}

/** A shell command in a terminal of its own, by script(1) of util-linux. */
export function inTerminal(
  command: string,
  acts: readonly Act[] = [],
  env: Record<string, string> = {},
): Promise<Shown> {
  const environment = { ...process.env, NODE_ENV: 'production', TERM: 'xterm-256color', ...env };
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let output = '';
    let seen = 0;
    const left = [...acts];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [next] = left;
      if (next === undefined) return;
      const found =
        typeof next.after === 'string'
          ? output.indexOf(next.after, seen)
          : seen + output.slice(seen).search(next.after);
      if (found < seen) return;
      seen = found + 1;
      left.shift();
      if (next.keys !== undefined) setTimeout(() => child.stdin.write(next.keys), next.thinks ?? 0);
      next.act?.(output);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
