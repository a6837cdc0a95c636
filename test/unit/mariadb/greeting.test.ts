import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { firstPacket, greetedVersion, parseGreeting } from '../../../src/mariadb/greeting.js';
import { fixture } from '../support/fixture.js';

const GREETING = Buffer.from(fixture('bench-volume/mariadb-greeting.hex').trim(), 'hex');
const VERSION = '11.8.6-MariaDB-0+deb13u1 from Debian';

test('the version in what MariaDB 11.8 really says', () => {
  expect(parseGreeting(firstPacket(GREETING) ?? Buffer.alloc(0))).toEqual({ version: VERSION });
});

test('no part of it is taken for the whole', () => {
  for (let length = 0; length < GREETING.length; length++)
    expect(firstPacket(GREETING.subarray(0, length))).toBeUndefined();
});

test('MariaDB 10 prefixes its version for old replicas, not for us', () => {
  expect(parseGreeting(Buffer.from('\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0rest'))).toEqual({
    version: '10.11.6-MariaDB-0+deb12u1',
  });
});

test.each<[string, Buffer, string]>([
  ['an error', Buffer.from('\xff\x10\x04Too many connections', 'latin1'), 'Too many connections'],
  ['another protocol', Buffer.from('\x093.20.1\0'), 'no greeting'],
  ['a version without an end', Buffer.from('\x0a11.8.6'), 'no greeting'],
  ['an empty packet', Buffer.from(''), 'no greeting'],
  ['a web server', firstPacket(Buffer.from('HTTP/1.1 400 Bad Request\r\n')) as Buffer, 'no greeting'],
])('%s is no version', (_, packet, problem) => {
  expect(parseGreeting(packet)).toEqual({ problem: expect.stringContaining(problem) });
});

const OK = Buffer.from([7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]);

test('asked over a socket, in pieces: logs in, says goodbye, hangs up', async () => {
  const heard: Buffer[] = [];
  await withServer(
    (socket) => {
      socket.write(GREETING.subarray(0, 9));
      setTimeout(() => socket.write(GREETING.subarray(9)), 20);
      socket.on('data', (chunk: Buffer) => {
        if (heard.push(chunk) === 1) socket.write(OK);
      });
    },
    async (socketPath, accepted) => {
      expect(await greetedVersion(socketPath, 2000, 'alice')).toBe(VERSION);
      const [socket] = await accepted;
      if (!socket.destroyed) await once(socket, 'close');
    },
  );
  const [login, quit] = heard;
  expect(login?.subarray(36).toString()).toBe('alice\0\0');
  expect(login?.readUIntLE(0, 3)).toBe((login?.length ?? 0) - 4);
  expect(quit).toEqual(Buffer.from([1, 0, 0, 0, 1]));
});

test.each<[string, (socket: Socket) => void, string]>([
  ['that never says a word', () => {}, 'mariadb-timeout'],
  ['that stops in the middle', (socket) => socket.write(GREETING.subarray(0, 20)), 'mariadb-timeout'],
  ['that greets and then hangs', (socket) => socket.write(GREETING), 'mariadb-timeout'],
  ['that hangs up', (socket) => socket.end(), 'mariadb-unreachable'],
])('a server %s', async (_, answer, code) => {
  await withServer(answer, async (socketPath) => {
    await expect(greetedVersion(socketPath, 200)).rejects.toMatchObject({ code });
  });
});

test('nobody there', async () => {
  await expect(greetedVersion('/nowhere/mysqld.sock', 200)).rejects.toMatchObject({
    code: 'mariadb-unreachable',
  });
});

async function withServer(
  answer: (socket: Socket) => void,
  use: (socketPath: string, accepted: Promise<[Socket]>) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-greeting-'));
  const socketPath = join(directory, 'mysqld.sock');
  const server = createServer(answer);
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  server.listen(socketPath);
  await once(server, 'listening');
  try {
    await use(socketPath, accepted);
  } finally {
    server.close();
    await rm(directory, { recursive: true });
  }
}
