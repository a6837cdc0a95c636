import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../../src/mariadb/connection.js';

test('a server that never says a word is given up, and its connection is gone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-connection-'));
  const socketPath = join(directory, 'mysqld.sock');
  // As one that was stopped: the kernel accepts in its name, nobody reads, nobody hangs up.
  const server = createServer({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  server.listen(socketPath);
  await once(server, 'listening');
  try {
    await expect(connect({ socketPath, timeoutMs: 200 })).rejects.toMatchObject({ code: 'mariadb-timeout' });
    const [socket] = await accepted;
    const refused = once(socket, 'error');
    socket.write('too late');
    expect(await refused).toMatchObject([{ code: 'EPIPE' }]);
  } finally {
    server.close();
    await rm(directory, { recursive: true });
  }
});
