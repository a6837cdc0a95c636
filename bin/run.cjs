#!/usr/bin/env node
// Starts bench. The product is one classic script, dist/bench.js, and a few libraries that it asks for where it needs
// them (dist/lib). What V8 has compiled of each lies in dist/cache, made by compile.cjs: docs/decisions/start-time.md.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const root = join(__dirname, '..');
const loaded = new Map();

/** The exports of a script of the product, e.g. `bench` or `lib/ink`. */
function load(name) {
  let script = loaded.get(name);
  if (script === undefined) {
    script = { exports: {}, ...compiled(name) };
    loaded.set(name, script);
    script.code.runInThisContext()(script, script.exports, (wanted) =>
      wanted.startsWith('lib/') ? load(wanted) : require(wanted),
    );
  }
  return script.exports;
}

/** A cache that is missing, or that this V8 does not take, only costs the time to compile. */
function compiled(name) {
  const filename = join(root, 'dist', `${name}.js`);
  // The build writes nothing but ASCII.
  const source = readFileSync(filename, 'latin1');
  const cache = join(root, 'dist/cache', cacheName(source));
  let cachedData;
  try {
    cachedData = readFileSync(cache);
  } catch {}
  return { cache, code: new Script(source, { filename, cachedData }) };
}

/** V8 itself looks only at the length of the source. A script begins with a comment that is the hash of what follows. */
function cacheName(source) {
  return `${source.slice(2, 18)}-${process.version}-${process.arch}`;
}

if (require.main === module) load('bench').run(root);
else module.exports = { root, load, loaded };
