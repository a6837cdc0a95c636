// Runs in the guest, as root: `node transfers.mjs SOCKET DIRECTORY CONNECTIONS`
//
// Moves money between accounts at full speed until it is told to stop (SIGTERM). Each transfer leaves a trail, in this
// order: a file in DIRECTORY/begun, fsynced; a committed row; a row in each of two Aria tables; a line in
// DIRECTORY/done, written when the server has confirmed them all. So at every moment: done ⊆ rows ⊆ begun.
import { appendFileSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createConnection } from 'mysql2/promise';

const [socketPath = '', directory = '', connections = '1'] = process.argv.slice(2);
const ACCOUNTS = 100;
const SCHEMA = [
  'CREATE DATABASE bank',
  'USE bank',
  'CREATE TABLE bank.accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL) ENGINE=InnoDB',
  `INSERT INTO bank.accounts SELECT seq, 1000 FROM seq_1_to_${ACCOUNTS}`,
  'CREATE TABLE bank.transfers (id VARCHAR(40) PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB',
  'CREATE TABLE bank.aria (id VARCHAR(40) PRIMARY KEY) ENGINE=Aria TRANSACTIONAL=1',
  'CREATE TABLE bank.plain (id VARCHAR(40) PRIMARY KEY) ENGINE=Aria TRANSACTIONAL=0',
];

let stopping = false;
process.once('SIGTERM', () => {
  stopping = true;
});

const connect = () => createConnection({ socketPath, user: 'root' });

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  await file.writeFile(text);
  await file.sync();
  await file.close();
}

async function transferOn(worker: number): Promise<number> {
  const connection = await connect();
  let count = 0;
  for (; !stopping; count++) {
    const id = `${worker}-${count}`;
    await writeDurably(`${directory}/begun/${id}`, id);
    const [from, to] = [
      1 + ((worker * 37 + count * 13) % ACCOUNTS),
      1 + ((worker * 11 + count * 7) % ACCOUNTS),
    ];
    const amount = 1 + (count % 50);
    await connection.beginTransaction();
    // In the order of the accounts, so that two transfers never wait for each other in a circle.
    const changes = [[-amount, from] as const, [amount, to] as const].sort((a, b) => a[1] - b[1]);
    for (const change of changes)
      await connection.execute('UPDATE bank.accounts SET balance = balance + ? WHERE id = ?', [...change]);
    await connection.execute('INSERT INTO bank.transfers VALUES (?, ?)', [id, amount]);
    await connection.commit();
    await connection.execute('INSERT INTO bank.aria VALUES (?)', [id]);
    await connection.execute('INSERT INTO bank.plain VALUES (?)', [id]);
    appendFileSync(`${directory}/done`, `${id}\n`);
  }
  await connection.end();
  return count;
}

const first = await connect();
for (const statement of SCHEMA) await first.query(statement);
await first.end();
mkdirSync(`${directory}/begun`, { recursive: true });
const counts = await Promise.all(Array.from({ length: Number(connections) }, (_, n) => transferOn(n)));
console.log(counts.reduce((a, b) => a + b));
