// Runs in the guest: `node restore-walk.mjs BENCH PATTERN bench-arguments…`
//
// Runs a restore again and again and kills it with SIGKILL each time that a step is reported as finished for the
// first time (those that match PATTERN). In between it looks what the bench says of itself. Ends when a run is left
// in peace, or was killed behind its end; prints what happened as JSON.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [bench, pattern, ...args] = process.argv.slice(2);
const wanted = new RegExp(pattern);
const killed = [];
const stops = [];
const MOST_RUNS = 80;

/** One run, killed or not. */
async function once() {
  const child = spawn('bench', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let step;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
    for (const line of output.split('\n').slice(0, -1)) {
      const title = /^ *[\d.]+ s {2}(.*)$/.exec(line)?.[1];
      if (step !== undefined || title === undefined || killed.includes(title) || !wanted.test(title))
        continue;
      step = title;
      killed.push(title);
      child.kill('SIGKILL');
    }
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, step, output };
}

/** What an operator would see now. */
function look(step) {
  const { stdout } = spawnSync('bench', ['volume', 'status', '-b', bench, '--json']);
  const { problems, dataset } = JSON.parse(stdout);
  const active = spawnSync('systemctl', ['is-active', `mariadb@${bench}.service`])
    .stdout.toString()
    .trim();
  const mounted = execFileSync('findmnt', ['-n', '-t', 'zfs', '-o', 'TARGET']).toString().trim().split('\n');
  return { step, problems, active, mounted, dataset: dataset.name };
}

for (let run = 1; run <= MOST_RUNS; run += 1) {
  const { code, step, output } = await once();
  // What a killed run has started goes on for a while, and keeps the lock until then.
  if (code === 4) {
    await sleep(500);
    continue;
  }
  if (code !== null) {
    console.log(JSON.stringify({ code, stops, output }));
    process.exit(0);
  }
  if (!existsSync(`/var/lib/bench/${bench}/restore.json`)) {
    console.log(JSON.stringify({ code: 0, stops, behind: step }));
    process.exit(0);
  }
  stops.push(look(step));
}
console.log(JSON.stringify({ code: -1, stops, output: 'it never ended' }));
