import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiServer, type NoProcesses } from './harness.js';

interface Parameter {
  name: string;
  in: string;
  schema: object;
}
interface Documented {
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { schema: { properties?: object } } } };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

const document = JSON.parse(
  readFileSync(new URL('../../../schemas/openapi.json', import.meta.url), 'utf8'),
) as {
  paths: Record<string, Record<string, Documented>>;
};
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'openapi');
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, route]) => ({ path, method: method.toUpperCase(), route })),
);

/** What the document says of an answer; undefined where it says nothing. */
function faultOf(route: Documented, status: number, type: string, text: string): string | undefined {
  const response = route.responses[status] ?? route.responses[`${Math.floor(status / 100)}XX`];
  if (response === undefined) return `${status} is not in the document`;
  if (response.content === undefined)
    return text === '' ? undefined : `${status} has no content in the document`;
  const content = response.content[type.split(';')[0] ?? ''];
  if (content === undefined) return `${status} as ${type} is not in the document`;
  if (type.startsWith('text/')) return undefined;
  const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"openapi#/'));
  const validate = ajv.compile(schema);
  return validate(JSON.parse(text)) ? undefined : `${JSON.stringify(validate.errors)} ${text}`;
}

test('the document is OpenAPI 3.1 and has every route once', () => {
  expect(document).toMatchObject({ openapi: '3.1.0' });
  expect(routes.length).toBeGreaterThan(40);
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining([
      'GET /v1/benches',
      'POST /v1/volumes',
      'PATCH /v1/volumes/{id}',
      'DELETE /v1/volumes/{id}',
      'POST /v1/volumes/{id}/attach',
      'POST /v1/volumes/{id}/detach/{attachment}',
      'GET /v1/volumes/{id}/attachments',
      'POST /v1/benches/{bench}/snapshots',
      'POST /v1/benches/{bench}/restore',
      'PATCH /v1/benches/{bench}/settings',
      'GET /v1/operations/{id}/events',
    ]),
  );
});

/** What is sent in the place of something: now and then what the route wants, most often anything. */
const word = fc.oneof(
  fc.constantFrom(
    'shop',
    'uploads',
    'monday',
    'bench:shop',
    '../x',
    '-rf',
    'a b',
    '%00',
    'ä',
    'x'.repeat(300),
  ),
  fc.string({ maxLength: 40 }),
);
const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word, { maxLength: 3 }));

/** A body with the keys that the route knows, and others. */
function bodyFor({ requestBody }: Documented) {
  const known = Object.keys(requestBody?.content['application/json'].schema.properties ?? {});
  const key =
    known.length === 0
      ? word
      : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: word });
  return fc.oneof(
    { weight: 6, arbitrary: fc.dictionary(key, value, { maxKeys: 6 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.string() },
  );
}

/** 1,500 in all; test/guest/long/page.test.ts sends 10,000 to the real server. */
const RUNS = Math.ceil(1500 / routes.length);

test.each(routes)(
  '$method $path answers as the document says, whatever it is asked, and starts nothing that was not asked for well',
  async ({ path, method, route }) => {
    const server = await apiServer({ rate: { burst: 100_000, perSecond: 1 } });
    const authorization = `Bearer ${await server.token('admin')}`;
    const request = fc.record({
      words: fc.array(word, { minLength: 3, maxLength: 3 }),
      query: fc.dictionary(fc.oneof(fc.constantFrom('confirm', 'status', 'keep', 'search'), word), word, {
        maxKeys: 3,
      }),
      body: bodyFor(route),
      withToken: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ words, query, body, withToken }) => {
        let next = 0;
        const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(words[next++] ?? 'x'));
        const text = new URLSearchParams(query).toString();
        const sent = method === 'GET' ? {} : { body };
        const answer = await server.ask({
          method,
          path: `${filled}${text === '' ? '' : `?${text}`}`,
          headers: withToken ? { authorization } : {},
          ...sent,
        });
        if (!withToken && path !== '/v1/session') expect([400, 401, 404, 429]).toContain(answer.status);
        expect(
          faultOf(route, answer.status, String(answer.headers['content-type'] ?? ''), answer.text),
        ).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
    // What looks at the host does so by programs that read; nothing else is ever started by hand.
    const programs = (server.runner as NoProcesses).commands.map(({ argv }) => argv.slice(0, 2).join(' '));
    const looks =
      /^(zfs (list|get)|zpool (list|status|get|import)|lsblk |systemctl (show|list-units)|findmnt|wipefs|systemd-analyze)/;
    expect(programs.filter((program) => !looks.test(program))).toEqual([]);
  },
  120_000,
);
