// Runs in the guest: `node volumes-walk.mjs OPERATION`, which is JSON: `{ prepare, argv, undo, state }`.
//
// Carries out one command of `bench volume` in peace and remembers the state that it leaves. Then, for each command and
// each step of its plan, begins from the start again and kills bench there (kill-here.mjs), has `bench volume repair` do
// its work, runs the command again, and holds the state against that of the undisturbed one. Prints as JSON at which
// points it was killed, which were not reached, and what was wrong.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { normal } from '../kill-points.mjs';

const { prepare, argv, undo, state } = JSON.parse(process.argv[2]);
const LOG = '/run/volumes-walk.log';
const PATIENCE = 60;

const shell = (script) =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

function bench(args, env = {}) {
  const { status, signal, stdout, stderr } = spawnSync('bench', args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: signal === null ? status : 137, output: stdout + stderr };
}

/** What the killed one has started may keep its lock for a while. */
async function patiently(args) {
  for (let attempt = 1; ; attempt += 1) {
    const result = bench(args);
    if (result.code !== 4 || attempt === PATIENCE) return result;
    await sleep(1000);
  }
}

/** Without what differs from one run to the next: numbers that were drawn, and times. */
function look() {
  return shell(state)
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9A-F%.:]+Z/g, 'TIME');
}

function pointsOfPlan() {
  const plan = JSON.parse(execFileSync('bench', [...argv, '--dry-run', '--json'], { encoding: 'utf8' }));
  const points = [];
  for (const { title, commands } of plan.steps) {
    for (const command of commands) points.push(`before ${normal(command.join(' '))}`);
    points.push(`after ${normal(title)}`);
  }
  return [...new Set(points)];
}

shell(prepare);
const calm = bench(argv);
if (calm.code !== 0) throw new Error(`in peace it ended with ${calm.code}\n${calm.output}`);
const wanted = look();
shell(undo);

const killed = [];
const missed = [];
const wrong = [];
// Planned when what is only made once is there, such as the place of all volumes.
shell(prepare);
const points = pointsOfPlan();
for (const [index, point] of points.entries()) {
  if (index > 0) shell(prepare);
  rmSync(LOG, { force: true });
  const run = bench(argv, {
    NODE_OPTIONS: `--import=${new URL('../kill-here.mjs', import.meta.url)}`,
    KILL_WALK: JSON.stringify({ points: { [point]: 1 }, log: LOG, others: 0 }),
  });
  const isKilled = run.code === 137 && readFileSync(LOG, 'utf8').length > 0;
  (isKilled ? killed : missed).push(point);
  // Snapshots of private copies are left alone for ten minutes.
  shell('date -s "+11 minutes" > /dev/null');
  const repaired = await patiently(['volume', 'repair', '--json']);
  const again = await patiently([...argv, '--json']);
  // 2 and 3: it had come to its end, and there is nothing left to do.
  if (repaired.code !== 0 || ![0, 2, 3].includes(again.code)) wrong.push({ point, repaired, again });
  const found = look();
  if (found !== wanted) wrong.push({ point, again: again.output, found, wanted });
  shell(undo);
}
console.log(JSON.stringify({ killed, missed, wrong }));
