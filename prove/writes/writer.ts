// Runs in the guest, as root: `node writer.mjs SOCKET ORDER`, ORDER being JSON as `WriterOrder` has it.
//
// Commits one row after the other on each connection, until the order is done or SIGTERM comes, and prints as JSON what
// `Writes` has. SIGUSR2 has it write slowly, once, on a connection of its own. No write is tried again: a failed one is an error that an application would have seen.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Connection, createConnection } from 'mysql2/promise';
import type { WriterOrder, Writes } from './writes.js';

const [socketPath = '', order = '{}'] = process.argv.slice(2);
const { connections, pauseMs, count, change, rows } = JSON.parse(order) as WriterOrder;
/** Far more than anybody reads. */
const MOST_ERRORS = 1000;

const done: Writes = { errors: [], startedAtMs: [], latencyMs: [], worker: [] };
const now = () => performance.timeOrigin + performance.now();
let begun = 0;
let stopping = false;
process.once('SIGTERM', () => {
  stopping = true;
});

/** 512 characters that do not compress, and as many that do: about what rows of an application are like. */
const TEXT =
  "CONCAT(SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), REPEAT('order ', 85))";
const SCHEMA = [
  'CREATE DATABASE IF NOT EXISTS writes',
  'CREATE TABLE IF NOT EXISTS writes.inserted (id BIGINT AUTO_INCREMENT PRIMARY KEY, worker INT, text TEXT)',
  'CREATE TABLE IF NOT EXISTS writes.updated (id BIGINT PRIMARY KEY, text TEXT)',
  'CREATE TABLE IF NOT EXISTS writes.slow (id INT PRIMARY KEY, slept INT)',
  'REPLACE INTO writes.slow VALUES (1, 0)',
];
const FILL = `INSERT INTO writes.updated SELECT seq, ${TEXT} FROM writes.seq_1_to_${rows}`;

async function write(connection: Connection, worker: number): Promise<void> {
  if (change === 'insert')
    await connection.query(`INSERT INTO writes.inserted (worker, text) VALUES (?, ${TEXT})`, [worker]);
  else
    await connection.query(`UPDATE writes.updated SET text = ${TEXT} WHERE id = ?`, [
      1 + Math.floor(Math.random() * rows),
    ]);
}

async function writeOn(worker: number): Promise<void> {
  let connection = await createConnection({ socketPath, user: 'root' });
  while (!stopping && begun < count && done.errors.length < MOST_ERRORS) {
    begun += 1;
    const startedAtMs = now();
    try {
      await write(connection, worker);
      done.startedAtMs.push(Math.round(startedAtMs * 10) / 10);
      done.latencyMs.push(Math.round((now() - startedAtMs) * 10) / 10);
      done.worker.push(worker);
    } catch (error) {
      done.errors.push({ atMs: now(), message: error instanceof Error ? error.message : String(error) });
      connection.destroy();
      connection = await createConnection({ socketPath, user: 'root' });
    }
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await connection.end();
}

const first = await createConnection({ socketPath, user: 'root' });
for (const statement of SCHEMA) await first.query(statement);
if (change === 'update') {
  const [found] = await first.query('SELECT 1 FROM writes.updated LIMIT 1');
  if (Array.isArray(found) && found.length === 0) await first.query(FILL);
}
// One statement that writes for as many seconds as the file `slow` says; of a table that nobody else writes to.
process.on('SIGUSR2', async () => {
  await first.query('UPDATE writes.slow SET slept = SLEEP(?) + slept + 1', [
    Number(readFileSync('slow', 'utf8')),
  ]);
  writeFileSync('slow-ended', String(now()));
});
// The one who has started us may go on.
process.stderr.write('ready\n');
await Promise.all(Array.from({ length: connections }, (_, worker) => writeOn(worker)));
await first.end();
console.log(JSON.stringify(done));
