// A store that keeps nothing but what it needs to answer: manifests, and of parts their size and MD5. What it costs is
// nobody's measure. node sink.mjs PORT [REFUSE_FROM_PART | manifest]
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const [port, from] = process.argv.slice(2);
const refuseFrom = Number(from);
const objects = new Map();
let sent = 0;

createServer(async (request, answer) => {
  const { pathname, searchParams } = new URL(request.url, 'http://sink');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  if (pathname === '/__sent') {
    answer.end(String(sent));
    sent = 0;
  } else if (request.method === 'PUT') {
    const number = Number(/part-(\d+)-/.exec(key)?.[1] ?? 0);
    const hash = createHash('md5');
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      hash.update(chunk);
      size += chunk.length;
      if (number === 0) chunks.push(chunk);
    }
    sent += size;
    const isRefused =
      from === 'manifest' ? key.endsWith('/manifest.json') : refuseFrom > 0 && number >= refuseFrom;
    if (isRefused && !globalThis.healed)
      return answer.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    const etag = hash.digest('hex');
    objects.set(key, { size, etag, body: Buffer.concat(chunks) });
    answer.writeHead(200, { etag: `"${etag}"` }).end();
  } else if (pathname === '/__heal') {
    globalThis.healed = true;
    answer.end();
  } else if (searchParams.has('list-type')) {
    const prefix = searchParams.get('prefix') ?? '';
    const all = [...objects].filter(([each]) => each.startsWith(prefix));
    const folders = new Set(all.flatMap(([each]) => /^[^/]+\//.exec(each.slice(prefix.length))?.[0] ?? []));
    const contents = all.map(
      ([each, { size, etag }]) =>
        `<Contents><Key>${each}</Key><Size>${size}</Size><ETag>"${etag}"</ETag><LastModified>2027-01-01T00:00:00.000Z</LastModified></Contents>`,
    );
    const prefixes = [...folders].map(
      (each) => `<CommonPrefixes><Prefix>${prefix}${each}</Prefix></CommonPrefixes>`,
    );
    const found = searchParams.has('delimiter') ? prefixes : contents;
    answer.setHeader('content-type', 'application/xml');
    answer.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${found.join('')}</ListBucketResult>`,
    );
  } else {
    const found = objects.get(key);
    if (found === undefined) answer.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else
      answer
        .writeHead(200, { etag: `"${found.etag}"`, 'content-length': found.body.length || found.size })
        .end(request.method === 'HEAD' ? undefined : found.body);
  }
}).listen(Number(port), '127.0.0.1');
