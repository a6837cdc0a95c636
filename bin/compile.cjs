// Makes dist/cache, what V8 has compiled of the product, for the Node that runs this: when the product is built, and
// where it is installed. V8 keeps the functions that were called, so a few commands are run here, which find stubs in
// the place of zfs, zpool and systemctl, and a bench that is nobody's.
const {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { load, loaded, root } = require('./run.cjs');

async function compile() {
  const { files, commands, libraries } = JSON.parse(readFileSync(join(root, 'dist/warm-up.json'), 'utf8'));
  const directory = mkdtempSync(join(tmpdir(), 'bench-compile-'));
  try {
    for (const [name, { text, mode }] of Object.entries(files)) write(join(directory, name), text, mode);
    process.env.PATH = `${join(directory, 'bin')}:${process.env.PATH}`;
    process.env.BENCHES_ROOT = join(directory, 'benches');
    let hasFailed = false;
    for (const argv of commands) hasFailed = !(await runUnseen(argv)) || hasFailed;
    process.exitCode = hasFailed ? 1 : 0;
    for (const name of libraries) load(name);
  } finally {
    rmSync(directory, { recursive: true });
  }
  for (const { cache, code } of loaded.values()) write(cache, code.createCachedData());
}

/** Whether a command succeeds. Where it fails, which leaves less compiled than could be, what it has printed is shown. */
async function runUnseen(argv) {
  process.exitCode = 0;
  let printed = '';
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams)
    stream.write = (text) => {
      printed += text;
      return true;
    };
  await load('bench').run(root, argv);
  streams.forEach((stream, index) => {
    stream.write = writes[index];
  });
  if (process.exitCode !== 0) console.error(`bench ${argv.join(' ')}: ${printed}`);
  return process.exitCode === 0;
}

/** Whole or not at all, whenever the power goes: what is read here later is run. */
function write(path, content, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.new`, 'w');
  writeFileSync(file, content);
  fchmodSync(file, mode);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
}

// `npm ci` in a checkout comes here, too, before anything is built.
if (existsSync(join(root, 'dist/warm-up.json'))) compile();
