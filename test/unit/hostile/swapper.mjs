/**
 * `swapper.mjs UID SWAPS MADE`: as the user UID puts a symlink in the place of each of SWAPS (a JSON list of
 * [path, target]) and takes it away again, as fast as it can, for ever; what is in MADE (a JSON list) it removes, so that
 * it is made again.
 */
import { lstatSync, renameSync, rmSync, symlinkSync, unlinkSync, writeSync } from 'node:fs';

const [uid = '', list = '[]', made = '[]'] = process.argv.slice(-3);
/** @type {[string, string][]} */
const swaps = JSON.parse(list);
/** @type {string[]} */
const removed = JSON.parse(made);
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));

let junk = 0;
/** @param {() => void} work Whoever is raced against may have been there first. */
function attempt(work) {
  try {
    work();
  } catch {}
}

const never = new Int32Array(new SharedArrayBuffer(4));
/** Sleeps: whoever is raced against needs the processor, too. */
function hold() {
  Atomics.wait(never, 0, 0, Math.random() * 0.5);
}

// What it may not rename it could never swap, and nothing would be raced against.
for (const [path] of swaps) {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
  renameSync(path, `${path}.own`);
  renameSync(`${path}.own`, path);
}
writeSync(1, 'swapping\n');
for (;;) {
  for (const path of removed) attempt(() => rmSync(path, { recursive: true, force: true }));
  for (const [path, target] of swaps) {
    const own = `${path}.own`;
    attempt(() => renameSync(path, own));
    attempt(() => symlinkSync(target, path));
    hold();
    attempt(() =>
      lstatSync(path).isSymbolicLink() ? unlinkSync(path) : renameSync(path, `${path}.${junk++ % 50}`),
    );
    attempt(() => renameSync(own, path));
    hold();
  }
}
