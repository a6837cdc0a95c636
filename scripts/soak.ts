/**
 * `NODE_ENV=production npx tsx --expose-gc scripts/soak.ts`: whether `bench volume status --watch` grows. It draws the dashboard of a bench
 * on a terminal that is not there and lets it look without a pause. Stubs print what the real programs printed. Exits 1
 * where it has grown by more than a tenth between the 200th look and the last.
 *
 *     --looks N      5000 unless told
 *     --processes    starts the stubs in each look; without it each is started once, and what it printed is remembered
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { render } from 'ink';
import { createElement } from 'react';
import { loadConfig } from '../src/config/load.js';
import { type Command, type CommandResult, HostRunner, type Runner } from '../src/host/exec.js';
import { Dashboard } from '../src/ui/dashboard.js';
import { fixture, stubs } from './stubs.js';

const { values } = parseArgs({
  options: { looks: { type: 'string', default: '5000' }, processes: { type: 'boolean', default: false } },
});
const LOOKS = Number(values.looks);
const SETTLED = 200;
const TOLERANCE = 1.1;

interface Memory {
  looks: number;
  residentMiB: number;
  heapMiB: number;
}

/** Starts each process once. */
class RememberingRunner implements Runner {
  private readonly remembered = new Map<string, Promise<CommandResult>>();
  constructor(private readonly runner: Runner) {}

  run(command: Command): Promise<CommandResult> {
    const key = JSON.stringify(command.argv);
    const answer = this.remembered.get(key) ?? this.runner.run(command);
    this.remembered.set(key, answer);
    return answer;
  }
}

/** After everything that nothing refers to has gone. */
function memory(looks: number): Memory {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const mib = (bytes: number) => Math.round((bytes / 1024 ** 2) * 10) / 10;
  return { looks, residentMiB: mib(rss), heapMiB: mib(heapUsed) };
}

const directory = mkdtempSync(join(tmpdir(), 'bench-soak-'));
try {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const [program, text] of Object.entries(stubs())) {
    writeFileSync(join(bin, program), text, { mode: 0o755 });
  }
  process.env.PATH = `${bin}:${process.env.PATH}`;
  const file = join(directory, 'bench.toml');
  writeFileSync(file, fixture('bench-volume/bench.toml'));
  const config = await loadConfig(file);
  const terminal = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = Object.assign(terminal, { columns: 120, rows: 40 }) as unknown as NodeJS.WriteStream;
  const host = new HostRunner();
  const runner = values.processes ? host : new RememberingRunner(host);
  const deaf = () => undefined;
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: deaf,
    ref: deaf,
    unref: deaf,
  }) as unknown as NodeJS.ReadStream;
  const seen: Memory[] = [];
  let looks = 0;
  await new Promise<void>((resolve) => {
    const onLook = () => {
      looks += 1;
      if (looks === SETTLED || looks % 1000 === 0 || looks === LOOKS) {
        seen.push(memory(looks));
        console.log(JSON.stringify(seen.at(-1)));
      }
      if (looks === LOOKS) resolve();
    };
    render(createElement(Dashboard, { config, runner, output, pauseMs: 0, onLook }), {
      stdout: output,
      stdin: input,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  });
  const [first, last] = [seen[0], seen.at(-1)];
  const hasGrown =
    first === undefined || last === undefined || last.residentMiB > first.residentMiB * TOLERANCE;
  if (hasGrown) console.error('it has grown');
  process.exitCode = hasGrown ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true });
}
process.exit();
