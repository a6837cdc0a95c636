// Loaded into bench by kill-walk.mjs (NODE_OPTIONS): kills it with SIGKILL at the first point that is left to be
// tried, either when a step has been reported as finished and the next one has not begun, or before a command starts.
import childProcess from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { normal } from './kill-points.mjs';

/** `others`: how often after a step that `points` does not name; `commands`: before such a command. */
const { points, log, others = 1, commands = 0 } = JSON.parse(process.env.KILL_WALK);

/** @param otherwise how often at a point that nobody knew of before */
function killAt(point, otherwise) {
  const killed = existsSync(log) ? readFileSync(log, 'utf8').split('\0') : [];
  if (killed.filter((each) => each === point).length >= (points[point] ?? otherwise)) return;
  appendFileSync(log, `${point}\0`);
  process.kill(process.pid, 'SIGKILL');
}

const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) => {
  const written = write(text, ...rest);
  const title = /^ *[\d.]+ s {2}(.*)\n$/s.exec(text)?.[1];
  if (title !== undefined) killAt(`after ${normal(title)}`, others);
  return written;
};

const { spawn } = childProcess;
childProcess.spawn = (file, ...rest) => {
  const argv = Array.isArray(rest[0]) ? rest[0] : [];
  killAt(`before ${normal([file, ...argv].join(' '))}`, commands);
  return spawn(file, ...rest);
};
syncBuiltinESMExports();
