// Loaded into bench in the guest (NODE_OPTIONS=--import): lets one thing go wrong in this run, at the first point at
// which it has not been tried before. Points are the steps that bench reports as done, the programs that it starts,
// and each change of a file that it makes itself. FAULTS names the folder for the traffic with the one who tests:
//
//   tried   lines `FAULT POINT` that are over
//   hit     written here: the line that this run has met, if any
//   points  written here: every point of this run, NUL between them
import childProcess from 'node:child_process';
import { appendFileSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const { folder, faults } = JSON.parse(process.env.FAULTS);
const tried = new Set(readFileSync(`${folder}/tried`, 'utf8').split('\0'));
const seen = new Map();
let isHit = false;

/** What a program says when it fails for a reason that has nothing to do with bench. */
const COMPLAINTS = {
  apt: 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4242 (apt-get)',
  mount: 'mount: /srv/benches/shop: mount(2) system call failed: Input/output error.',
  umount: 'umount: /srv/benches/shop: target is busy.',
  rsync: 'rsync: [receiver] write failed on "file": No space left on device (28)',
  systemctl: 'Failed to connect to system scope bus via local transport: Connection refused',
  zfs: "cannot open 'bench-pool/shop': I/O error",
  zpool: "cannot open 'bench-pool': pool I/O is currently suspended",
};

/** How each fault is brought about: what is started instead of the program, which arrives as "$@". */
const SCRIPTS = {
  // Before the program has done anything, while it goes on without bench, and when it has done everything.
  'killed-before': 'kill -9 "$PPID"',
  'killed-during': 'kill -9 "$PPID"; exec "$@"',
  'killed-after': '"$@"; kill -9 "$PPID"',
  fails: 'echo "$COMPLAINT" >&2; exit 1',
  hangs: 'exec sleep 86400',
  // It has done its work, but what it says makes no sense.
  rubbish: '"$@" > /dev/null; printf "\\001\\377{]\\t-1\\tNaN\\n\\n%%s\\n"',
};

/** What differs from run to run and means the same: times, random names, the order of the properties of a clone. */
function normal(text) {
  return (
    text
      .replace(/\d{8}-\d{6}|\d{4}-\d\d-\d\dT(?:[\d:.]|%3A)+Z/g, 'TIME')
      // However many of a kind there are by now.
      .replace(/(\S+@TIME)(?: \1)+/g, '$1 …')
      .replace(/^zfs clone .* (?=\S+ \S+$)/, 'zfs clone ')
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
      .replace(/(?<=shop-|bench:id=|@bench-clone-)[0-9a-f]{12}\b|[0-9a-f]{12}(?=\.bench-tmp\b)/g, 'RANDOM')
      .replace(/--since=\S+( \S+)?|--after-cursor=\S+|_SYSTEMD_INVOCATION_ID=\w+|@\d{10}(\.\d+)?/g, 'SINCE')
  );
}

/** The fault to bring about at this point, if one is left; at most one in a run. */
function faultAt(text, kinds) {
  const times = (seen.get(text) ?? 0) + 1;
  seen.set(text, times);
  const point = times === 1 ? text : `${text} #${times}`;
  appendFileSync(`${folder}/points`, `${point}\0`);
  if (isHit) return undefined;
  const fault = kinds.find((kind) => faults.includes(kind) && !tried.has(`${kind} ${point}`));
  if (fault === undefined) return undefined;
  isHit = true;
  writeFileSync(`${folder}/hit`, `${fault} ${point}`);
  return fault;
}

const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) => {
  const written = write(text, ...rest);
  const title = /^ *[\d.]+ s {2}(.*)\n$/s.exec(text)?.[1];
  if (title !== undefined && faultAt(`step ${normal(title)}`, ['killed-after']))
    process.kill(process.pid, 'SIGKILL');
  return written;
};

// A program that hangs is given up as bench means to, but not after the minutes that it has: nothing else waits by then.
const HANGING_MS = 5000;
let isHanging = false;
for (const owner of [globalThis, timers]) {
  const { setTimeout } = owner;
  // The one takes what to do first, the other promises.
  const ms = owner === timers ? 0 : 1;
  owner.setTimeout = Object.assign((...args) => {
    if (isHanging && args[ms] > HANGING_MS) args[ms] = HANGING_MS;
    return setTimeout(...args);
  }, setTimeout);
}

const { spawn } = childProcess;
childProcess.spawn = (file, args, options) => {
  // What does nothing until it has done its work, first: what has been done is not done again in a later run.
  const fault = faultAt(normal([file, ...args].join(' ')), [
    ...['killed-before', 'fails', 'hangs'],
    ...['rubbish', 'killed-during', 'killed-after'],
  ]);
  if (fault === undefined) return spawn(file, args, options);
  isHanging = fault === 'hangs';
  // The timer of this program is set in the same breath as it is started.
  setImmediate(() => {
    isHanging = false;
  });
  const program = file.split('/').at(-1);
  const COMPLAINT = COMPLAINTS[program.replace(/-get$/, '')] ?? `${program}: Cannot allocate memory`;
  return spawn('sh', ['-c', SCRIPTS[fault], 'sh', file, ...args], {
    ...options,
    env: { ...options.env, COMPLAINT },
  });
};

/** A path as a person knows it: bench works in opened directories. */
function shown(path) {
  const [, fd, name] = /^\/proc\/self\/fd\/(\d+)(.*)$/.exec(String(path)) ?? [];
  return fd === undefined ? String(path) : `${readlinkSync(`/proc/self/fd/${fd}`)}${name}`;
}

/** Replaces a function of node:fs/promises or of its file handles by one that may go wrong. */
function harm(owner, name, pathOf) {
  const original = owner[name];
  owner[name] = async function (...args) {
    const path = pathOf(this, args);
    const fault = faultAt(normal(`file ${name} ${path}`), ['killed-before', 'fails', 'killed-after']);
    if (fault === 'killed-before') process.kill(process.pid, 'SIGKILL');
    if (fault === 'fails')
      throw Object.assign(new Error(`EIO: i/o error, ${name} '${path}'`), { code: 'EIO', errno: -5 });
    const result = await original.apply(this, args);
    if (fault === 'killed-after') process.kill(process.pid, 'SIGKILL');
    return result;
  };
}
for (const name of ['mkdir', 'unlink', 'rm', 'chmod', 'chown']) harm(files, name, (_, [path]) => shown(path));
harm(files, 'rename', (_, [, to]) => shown(to));
const handle = await files.open('/dev/null');
for (const name of ['writeFile', 'sync'])
  harm(Object.getPrototypeOf(handle), name, ({ fd }) => shown(`/proc/self/fd/${fd}`));
await handle.close();
syncBuiltinESMExports();
