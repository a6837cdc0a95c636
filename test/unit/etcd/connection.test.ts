import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/etcd/connection.js';

const servers: Server[] = [];
const sockets: Socket[] = [];

/** A port of this host that takes connections, and does this with each. */
async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const asked = (endpoints: string[]) =>
  connect({ endpoints, ca: '', certificate: '', key: '', user: undefined, password: undefined }, 400).then(
    () => undefined,
    (error) => error,
  );

describe('a member of etcd that is not there', () => {
  it('is told with its reason, whether it refuses, hangs or talks nonsense', async () => {
    const hangs = await listening(() => undefined);
    const talks = await listening((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{}'));
    const ends = await listening((socket) => socket.destroy());
    const error = await asked(['https://127.0.0.1:1', hangs, talks, ends]);
    expect(error).toMatchObject({ code: 'fleet-silent', exitCode: 1 });
    expect(error.reasons).toHaveLength(4);
    expect(error.reasons[0]).toContain('https://127.0.0.1:1');
    expect(error.reasons[1]).toMatch(/no answer within \d+ ms/);
    expect(error.message).toMatch(/^etcd does not answer: /);
  });
});
