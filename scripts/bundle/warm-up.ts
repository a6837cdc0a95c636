import { fixture, stubs } from '../stubs.js';
import { LATE_LIBRARIES, scriptOf, WEB } from './late-libraries.js';

/** In the place of `shop` in what the stubs print: no bench of a host on which the product is installed. */
const NAME = 'bench-compile';

/** Commands that look at a bench, often by a timer or a prompt: what they call is what all the others call first. */
const COMMANDS = [
  ['--version'],
  ['volume', 'list-snapshots', '-b', NAME],
  ['volume', 'status', '-b', NAME],
  ['list'],
  // Of the script with all the others.
  ['config', 'set', 'snapshot.lock_timeout', '20s', '-b', NAME],
];

/** What bin/compile.cjs needs to run them. */
export function warmUp(): unknown {
  const named = (text: string) => text.replaceAll('shop', NAME);
  const programs = Object.entries(stubs()).map(([program, text]) => [
    `bin/${program}`,
    { text: named(text), mode: 0o755 },
  ]);
  const toml = { text: named(fixture('bench-volume/bench.toml')), mode: 0o644 };
  return {
    files: { ...Object.fromEntries(programs), [`benches/${NAME}/bench.toml`]: toml },
    commands: COMMANDS,
    libraries: [...LATE_LIBRARIES.map(scriptOf), WEB.script],
  };
}
