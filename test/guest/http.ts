import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Operation } from '../../src/api/api.js';

interface Document {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
}

const document = JSON.parse(
  readFileSync(new URL('../../schemas/openapi.json', import.meta.url), 'utf8'),
) as Document;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'openapi');

export interface Answer<T> {
  status: number;
  headers: Headers;
  json: T;
}

/** A client of the API, behind a forwarded port; each answer is held against the OpenAPI document. */
export class Client {
  constructor(
    readonly address: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** @param route as the document has it, `/v1/benches/{bench}`; with its words in `words` */
  async ask<T>(
    method: string,
    route: string,
    { words = {}, query = '', body, headers = {} }: Ask = {},
  ): Promise<Answer<T>> {
    const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(words[name] ?? ''));
    const response = await fetch(`${this.address}${path}${query}`, {
      method,
      headers: {
        ...this.headers,
        ...headers,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text === '' ? undefined : JSON.parse(text)) as T;
    requireDocumented(method, route, response, json);
    return { status: response.status, headers: response.headers, json };
  }

  async get<T>(route: string, words: Readonly<Record<string, string>> = {}, query = ''): Promise<T> {
    const { status, json } = await this.ask<T>('GET', route, { words, query });
    if (status !== 200) throw new Error(`GET ${route}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  /** Begins something and waits for its end. */
  async run(method: string, route: string, ask: Ask = {}): Promise<Operation> {
    const { status, json } = await this.ask<Operation>(method, route, ask);
    if (status !== 202) throw new Error(`${method} ${route}: ${status} ${JSON.stringify(json)}`);
    return this.untilEnd(json.id);
  }

  async untilEnd(id: string): Promise<Operation> {
    // The stream ends with the operation. A connection that is kept ends with a server that was killed.
    const listen = () =>
      fetch(`${this.address}/v1/operations/${id}/events`, { headers: this.headers }).then((each) =>
        each.text(),
      );
    await listen().catch(listen);
    return this.get<Operation>('/v1/operations/{id}', { id });
  }
}

export interface Ask {
  words?: Readonly<Record<string, string>>;
  query?: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Every `GET` of the document. */
export function looks(): string[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => ('get' in methods ? [path] : []));
}

function requireDocumented(method: string, route: string, response: Response, json: unknown): void {
  const { responses } = document.paths[route]?.[method.toLowerCase()] ?? { responses: {} };
  const { status } = response;
  const documented = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
  if (documented === undefined) throw new Error(`${method} ${route}: ${status} is not in the document`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = documented.content?.[type]?.schema;
  if (schema === undefined) return;
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')));
  if (!validate(json))
    throw new Error(`${method} ${route}: ${JSON.stringify(validate.errors)} ${JSON.stringify(json)}`);
}
