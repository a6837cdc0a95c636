import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { App } from './define.js';
import { HttpError } from './problem.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface PageFile {
  plain: Uint8Array<ArrayBuffer>;
  zipped: Uint8Array<ArrayBuffer>;
  type: string;
}

export type Page = ReadonlyMap<string, PageFile>;

/** The page, as the build has made it, into memory; empty where it was not built. */
export async function readPage(directory: string): Promise<Page> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => extname(name) in TYPES);
  const files = names.map(async (name): Promise<[string, PageFile]> => {
    const plain = new Uint8Array(await readFile(join(directory, name)));
    return [
      name,
      { plain, zipped: new Uint8Array(gzipSync(plain, { level: 9 })), type: TYPES[extname(name)] ?? '' },
    ];
  });
  return new Map(await Promise.all(files));
}

/** A name that a client sends is only looked up among those: none of it reaches the file system. */
export function pageRoutes(app: App, page: Page): void {
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/:name{[A-Za-z0-9._-]*}', (context) => {
    const name = context.req.param('name') || 'index.html';
    const file = page.get(name);
    if (file === undefined) throw new HttpError(404, 'route-missing', 'There is nothing here.');
    const isZipped = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
    return context.body(isZipped ? file.zipped : file.plain, 200, {
      'Content-Type': file.type,
      Vary: 'Accept-Encoding',
      // The build names all but the first after what is in it.
      'Cache-Control': name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
      ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
    });
  });
}
