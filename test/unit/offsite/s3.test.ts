import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { OffsiteConfig } from '../../../src/config/config.js';
import { openS3 } from '../../../src/offsite/s3.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const CHUNK = Buffer.alloc(1024 * 1024);
const TOO_LARGE = '<Error><Code>EntityTooLarge</Code><Message>Upload exceeds quota.</Message></Error>';

/** A content whose file is closed by whoever has lent it, as soon as it is told how it went. */
function lent(chunks: number) {
  const state = { isClosed: false, readsAfterwards: 0, hasEnded: false };
  const content = {
    sizeBytes: chunks * CHUNK.length,
    md5: '0'.repeat(32),
    sha256: '0'.repeat(64),
    async *open() {
      try {
        for (let index = 0; index < chunks; index += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          if (state.isClosed) state.readsAfterwards += 1;
          yield CHUNK;
        }
      } finally {
        state.hasEnded = true;
      }
    },
  };
  return { state, content };
}

test('a store that refuses in the middle of an upload is understood, and nothing is read any more', async () => {
  // As Swift does it: it answers before it has read what is sent, and keeps the connection.
  server = createServer((request, response) => {
    request.once('data', () => {
      request.pause();
      response.writeHead(400, { 'content-type': 'application/xml' }).end(TOO_LARGE);
      // Who reads nothing does not see that the other side has gone.
      setTimeout(() => request.resume(), 200);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = {
    url: 's3://copies',
    bucket: 'copies',
    prefix: '',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
  };
  const store = openS3(config as unknown as OffsiteConfig, {
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sessionToken: undefined,
  });
  const { state, content } = lent(64);
  const begun = performance.now();
  await expect(store.put('part', content)).rejects.toMatchObject({ failure: 'full' });
  state.isClosed = true;
  expect(state.hasEnded).toBe(true);
  expect(performance.now() - begun).toBeLessThan(10_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  // Else the command would wait for it to time out.
  expect(await new Promise((resolve) => server?.getConnections((_, count) => resolve(count)))).toBe(0);
  expect(state.readsAfterwards).toBe(0);
});
