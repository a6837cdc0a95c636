// Runs in the guest: `node site.mjs FLAG-FILE SOCKET ANSWERS-FILE`
//
// A site outside of the dataset: for each HTTP request it reads maintenance_mode and, where that is off, asks the
// database. Requests it itself all the time, and writes the answers in their order to a file, each run of equal ones
// once, a line each.
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { promisify } from 'node:util';

const [flagFile, socket, answersFile] = process.argv.slice(2);
const run = promisify(execFile);

/** A site whose config cannot be read is not open. */
function isOpen() {
  try {
    return JSON.parse(readFileSync(flagFile, 'utf8')).maintenance_mode === 0;
  } catch {
    return false;
  }
}

async function answer() {
  if (!isOpen()) return 'maintenance';
  try {
    await run('mariadb', [`--socket=${socket}`, '-e', 'SELECT COUNT(*) FROM app.orders']);
    return 'open';
  } catch (error) {
    // A request that was under way when the site was closed.
    return isOpen() ? `error ${error.stderr}` : 'maintenance';
  }
}

const server = createServer(async (_, response) => response.end(await answer()));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

let last = '';
for (;;) {
  const text = await new Promise((done, fail) => {
    get({ port: server.address().port }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => done(body));
    }).on('error', fail);
  });
  if (text !== last) appendFileSync(answersFile, `${text}\n`);
  last = text;
}
