import { Agent, request } from 'node:http';

/** How long each kind of request took, in milliseconds, and what was no success. */
export class Times {
  readonly all = new Map<string, number[]>();
  readonly faults: string[] = [];

  add(what: string, ms: number): void {
    const known = this.all.get(what);
    if (known === undefined) this.all.set(what, [ms]);
    else known.push(ms);
  }
}

export interface Client {
  port: number;
  token: string;
  agent: Agent;
}

export function client(port: number, token: string): Client {
  return { port, token, agent: new Agent({ keepAlive: true, maxSockets: 2 }) };
}

/** @returns the body; what is no success is a fault */
export function ask(
  { port, token, agent }: Client,
  times: Times,
  {
    what,
    method = 'GET',
    path,
    body,
    timed = true,
  }: {
    what: string;
    method?: string;
    path: string;
    body?: object;
    timed?: boolean;
  },
): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
  };
  const begun = performance.now();
  return new Promise((resolve) => {
    const fault = (why: string) => {
      times.faults.push(`${method} ${path}: ${why}`);
      resolve('');
    };
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', (error) => fault(error.message));
      response.on('end', () => {
        if (timed) times.add(what, performance.now() - begun);
        const content = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 300) fault(`${response.statusCode} ${content.slice(0, 300)}`);
        else resolve(content);
      });
    });
    sent.on('error', (error) => fault(error.message));
    sent.end(text);
  });
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What an open page asks for: each route when its time has come, until the end. */
export async function poll(
  who: Client,
  times: Times,
  {
    looks,
    everyMs,
    until,
    offset,
  }: { looks: [string, string][]; everyMs: number; until: number; offset: number },
): Promise<void> {
  await wait(offset);
  while (Date.now() < until) {
    const begun = Date.now();
    for (const [what, path] of looks) await ask(who, times, { what, path });
    await wait(Math.max(0, everyMs - (Date.now() - begun)));
  }
}

/** Begins an operation, listens to its end, and begins the next one. */
export async function operate(who: Client, times: Times, bench: string, until: number): Promise<number> {
  let ended = 0;
  for (; Date.now() < until; ended += 1) {
    const begun = await ask(who, times, {
      what: 'begin an operation',
      method: 'POST',
      path: `/v1/benches/${bench}/snapshots`,
      body: {},
    });
    const id = begun === '' ? undefined : (JSON.parse(begun) as { id: string }).id;
    if (id === undefined) break;
    const events = await ask(who, times, {
      what: 'events',
      path: `/v1/operations/${id}/events`,
      timed: false,
    });
    const steps = events.match(/^event: step$/gm)?.length ?? 0;
    if (steps !== 8 || !events.includes('"state":"done"'))
      times.faults.push(`operation ${id}: ${steps} steps, ${events.slice(-300)}`);
  }
  return ended;
}
