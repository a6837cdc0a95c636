/** `npm run schemas`: writes schemas/, one JSON Schema per command, one for any failure, and the OpenAPI
 * document of the API. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { contract, failure } from './contract.js';
import { openApiDocument } from './openapi.js';

/** The file of each schema with its text; `volume:status` is in `volume-status.schema.json`. */
export function schemaFiles(): Map<string, string> {
  const text = (title: string, schema: z.ZodType) => {
    const { $schema, ...rest } = z.toJSONSchema(schema);
    return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
  };
  const files = Object.entries(contract).map(([id, schema]): [string, string] => [
    schemaFile(id),
    text(`bench ${id.replaceAll(':', ' ')} --json`, schema),
  ]);
  return new Map([
    ...files,
    ['error.schema.json', text('What --json prints for any failure', failure)],
    ['openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`],
  ]);
}

export function schemaFile(id: string): string {
  return `${id.replaceAll(':', '-')}.schema.json`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = fileURLToPath(new URL('../schemas/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) rmSync(`${directory}${name}`);
  for (const [name, text] of schemaFiles()) writeFileSync(`${directory}${name}`, text);
}
