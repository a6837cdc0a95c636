// Runs in the guest: `node kill-walk.mjs BENCH [--plan | --everywhere] [--until TEXT] [--input FILE] [--at PATH]… [-- bench-arguments…]`
//
// Runs `bench init -b BENCH`, or bench with these arguments, again and again and kills it with SIGKILL: with --plan once after each step of its plan
// and once before each command of it (kill-here.mjs), with --everywhere once at each of these that it comes to, and once each as soon as one of the paths exists, which is in the
// middle of a step. Ends when an init is left in peace and succeeds or, with --until, is refused with this text. Prints as JSON how often it was killed where, and
// which points of the plan were missed.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { normal } from './kill-points.mjs';

const [bench, ...all] = process.argv.slice(2);
const own = all.indexOf('--');
const rest = own === -1 ? all : all.slice(0, own);
const command = own === -1 ? ['init', '-b', bench] : all.slice(own + 1);
const paths = rest.flatMap((arg, index) => (arg === '--at' ? [rest[index + 1]] : []));
const until = rest.includes('--until') ? rest[rest.indexOf('--until') + 1] : undefined;
const input = rest.includes('--input') ? rest[rest.indexOf('--input') + 1] : '/dev/null';
const log = '/root/kill-walk.log';
const MOST_RUNS = 150;
rmSync(log, { force: true });

/** Where the plan can be interrupted, and how often. */
function pointsOfPlan() {
  const plan = JSON.parse(execFileSync('bench', [...command, '--dry-run', '--json'], { encoding: 'utf8' }));
  const points = {};
  const add = (text) => {
    const point = normal(text);
    points[point] = (points[point] ?? 0) + 1;
  };
  for (const { title, commands } of plan.steps) {
    for (const argv of commands) add(`before ${argv.join(' ')}`);
    add(`after ${title}`);
  }
  return points;
}

const isEverywhere = rest.includes('--everywhere');
const points = rest.includes('--plan') ? pointsOfPlan() : isEverywhere ? {} : undefined;
const reached = [];

/** One init, killed or not. */
async function once() {
  const env =
    points === undefined
      ? process.env
      : {
          ...process.env,
          NODE_OPTIONS: `--import=${new URL('kill-here.mjs', import.meta.url)}`,
          KILL_WALK: JSON.stringify({ points, log, commands: isEverywhere ? 1 : 0 }),
        };
  const stdin = openSync(input, 'r');
  const child = spawn('bench', command, { stdio: [stdin, 'ignore', 'pipe'], env });
  closeSync(stdin);
  const watch = setInterval(() => {
    const path = paths.find((each) => !reached.includes(each) && existsSync(each));
    if (path === undefined) return;
    reached.push(path);
    clearInterval(watch);
    child.kill('SIGKILL');
  }, 20);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  // Not `close`: what the killed init has started has its standard error, too.
  const code = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  return { code, stderr };
}

function result(run, outcome) {
  const killed = existsSync(log) ? readFileSync(log, 'utf8').split('\0').slice(0, -1) : [];
  const missed = Object.entries(points ?? {}).flatMap(([point, count]) => {
    const times = killed.filter((each) => each === point).length;
    return times < count ? [`${point}: ${times} of ${count}`] : [];
  });
  return JSON.stringify({ runs: run, killed: [...killed, ...reached], missed, ...outcome });
}

for (let run = 1; run <= MOST_RUNS; run += 1) {
  const { code, stderr } = await once();
  console.error(`${new Date().toISOString()} run ${run} ended with ${code}`);
  const isThrough = until !== undefined && [2, 3].includes(code) && stderr.includes(until);
  if (code === 0 || isThrough) {
    console.log(result(run, {}));
    process.exit(0);
  }
  // What a killed init has started goes on for a while, and keeps the lock until then.
  if (code === 4) await sleep(1000);
  else if (code !== null) {
    console.log(result(run, { failed: code, stderr }));
    process.exit(1);
  }
}
console.log(result(MOST_RUNS, { failed: 'it never ended' }));
process.exit(1);
