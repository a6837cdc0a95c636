// Runs in the guest: `node kill-walk.mjs BENCH [PATTERN] [--at PATH]…`
//
// Runs `bench init -b BENCH` again and again and kills it with SIGKILL each time that a step is reported as finished
// for the first time (those that match PATTERN), and once each as soon as one of the paths exists, which is in the
// middle of a step. Ends when an init is left in peace and succeeds; prints what happened as JSON.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [bench, ...rest] = process.argv.slice(2);
const paths = rest.flatMap((arg, index) => (arg === '--at' ? [rest[index + 1]] : []));
const pattern = new RegExp(rest[0] === '--at' ? '' : (rest[0] ?? ''));
const killed = [];
const MOST_RUNS = 80;

/** One init, killed or not. */
async function once() {
  const child = spawn('bench', ['init', '-b', bench], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let done = false;
  const kill = (why) => {
    if (done || killed.includes(why)) return;
    done = true;
    killed.push(why);
    console.error(`${new Date().toISOString()} ${why}`);
    child.kill('SIGKILL');
  };
  const watch = setInterval(() => {
    for (const path of paths) if (!killed.includes(`at ${path}`) && existsSync(path)) kill(`at ${path}`);
  }, 20);
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    for (const line of stderr.split('\n').slice(0, -1)) {
      // The time in a name differs from run to run.
      const title = /^ *[\d.]+ s {2}(.*)$/.exec(line)?.[1]?.replace(/\d{8}-\d{6}/, 'TIME');
      if (title !== undefined && pattern.test(title)) kill(title);
    }
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  return { code, stderr };
}

let busy = 0;
for (let run = 1; run <= MOST_RUNS; run += 1) {
  const { code, stderr } = await once();
  if (code === 0) {
    console.log(JSON.stringify({ runs: run, busy, killed, last: stderr }));
    process.exit(0);
  }
  // What a killed init has started goes on for a while, and keeps the lock until then.
  if (code === 4) {
    busy += 1;
    await sleep(1000);
  } else if (code !== null) {
    console.log(JSON.stringify({ failed: code, stderr, runs: run, busy, killed }));
    process.exit(1);
  }
}
console.log(JSON.stringify({ failed: 'it never ended', killed }));
process.exit(1);
