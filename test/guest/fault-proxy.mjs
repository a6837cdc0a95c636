// Stands in front of a store and does what networks and stores do at their worst. One fault at a time, by
//   POST /__fault {"method": "PUT", "key": "part-000002", "skip": 0, "times": 1, "action": "cut", ...}
// counted by requests that fit; GET /__fault tells how often it has struck. node fault-proxy.mjs PORT TARGET_PORT
import { createServer, request } from 'node:http';

const [port, target] = process.argv.slice(2).map(Number);
let fault;
let struck = 0;

const server = createServer(async (incoming, answer) => {
  if (incoming.url === '/__fault') {
    if (incoming.method === 'POST') {
      fault = JSON.parse(await text(incoming));
      struck = 0;
    }
    answer.end(JSON.stringify({ struck }));
    return;
  }
  const applies = strikes(incoming);
  try {
    await (applies ? ACTIONS[fault.action] : pass)(incoming, answer);
  } catch {
    answer.destroy();
  }
});
server.listen(port, '127.0.0.1');

function strikes({ method, url }) {
  if (
    fault === undefined ||
    fault === null ||
    method !== fault.method ||
    !decodeURIComponent(url).includes(fault.key)
  )
    return false;
  if (fault.skip > 0) {
    fault.skip -= 1;
    return false;
  }
  if (struck >= fault.times) return false;
  struck += 1;
  return true;
}

const ACTIONS = {
  /** The connection breaks after so many bytes of what is sent. */
  async cut(incoming, answer) {
    let bytes = 0;
    for await (const chunk of incoming) {
      bytes += chunk.length;
      if (bytes >= (fault.bytes ?? 0)) break;
    }
    answer.socket.destroy();
  },
  /** The store refuses, once it has read everything. */
  async status(incoming, answer) {
    await text(incoming);
    answer.writeHead(fault.status, { 'content-type': 'application/xml' });
    answer.end(
      `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>${fault.message ?? 'no'}</Message></Error>`,
    );
  },
  async slow(incoming, answer) {
    await new Promise((resolve) => setTimeout(resolve, fault.ms));
    await pass(incoming, answer);
  },
  /** One byte changes on its way to the store. */
  spoilSent: (incoming, answer) => pass(incoming, answer, { sent: flipOnce() }),
  /** One byte changes on its way back. */
  spoilRead: (incoming, answer) => pass(incoming, answer, { read: flipOnce() }),
  /** What has been written is not in listings yet. */
  lateList: (incoming, answer) =>
    pass(incoming, answer, {
      whole: (body) =>
        Buffer.from(
          body
            .toString('latin1')
            .replace(/<Contents>(?:(?!<\/Contents>)[\s\S])*?<\/Contents>/g, (each) =>
              each.includes(fault.hides) ? '' : each,
            ),
          'latin1',
        ),
    }),
  /** What has been written is not found yet. */
  async missing(incoming, answer) {
    await text(incoming);
    answer.writeHead(404, { 'content-type': 'application/xml' });
    answer.end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>not yet</Message></Error>');
  },
  /** The store has done it, and its answer gets lost. */
  async lostAnswer(incoming, answer) {
    await pass(incoming, {
      writeHead: () => undefined,
      write: () => true,
      end: () => undefined,
      on: () => undefined,
      once: () => undefined,
    });
    answer.socket.destroy();
  },
};

function flipOnce() {
  let done = false;
  return (chunk) => {
    if (done || chunk.length === 0) return chunk;
    done = true;
    const other = Buffer.from(chunk);
    other[other.length >> 1] ^= 1;
    return other;
  };
}

async function pass(incoming, answer, { sent = (chunk) => chunk, read = (chunk) => chunk, whole } = {}) {
  const { method, url, headers } = incoming;
  const out = request({ host: '127.0.0.1', port: target, method, path: url, headers });
  const answered = new Promise((resolve, reject) => {
    out.on('response', resolve);
    out.on('error', reject);
  });
  answered.catch(() => undefined);
  for await (const chunk of incoming)
    if (!out.write(sent(chunk))) await Promise.race([new Promise((r) => out.once('drain', r)), answered]);
  out.end();
  const response = await answered;
  if (whole !== undefined) {
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    const body = whole(Buffer.concat(chunks));
    answer.writeHead(response.statusCode, { ...response.headers, 'content-length': String(body.length) });
    answer.end(body);
    return;
  }
  answer.writeHead(response.statusCode, response.headers);
  for await (const chunk of response) answer.write(read(chunk));
  answer.end();
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
