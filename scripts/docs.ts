/** `npm run docs`: writes the table of keys in docs/config.md from the schema of bench.toml. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import type { BenchConfig } from '../src/config/config.js';
import { checkConfig } from '../src/config/load.js';
import { BenchToml } from '../src/config/schema.js';
import { readSettings, SETTING_KEYS } from '../src/config/settings.js';
import { renderValue } from '../src/config/toml-value.js';

const BEGIN = '<!-- keys: written by npm run docs -->\n';
const END = '<!-- end of keys -->';

/** The page with its table as the schema has it now; what stands around it is written by hand. */
export async function withKeys(page: string): Promise<string> {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('docs/config.md has lost its markers');
  return `${before}${BEGIN}${await keyTable()}${END}${after}`;
}

async function keyTable(): Promise<string> {
  const { config } = await checkConfig('[bench]\nname = "shop"\n', '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('the smallest bench.toml is not valid');
  const rows = SETTING_KEYS.map((key) => rowOf(key, config));
  return [
    '\nDefaults are those of a bench called shop. What is allowed is what the refusal says.\n',
    '| key | type | default | allowed | what for |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '\n',
  ].join('\n');
}

function rowOf(key: string, config: BenchConfig): string {
  const field = fieldOf(key);
  const meaning = z.globalRegistry.get(field)?.description;
  if (meaning === undefined) throw new Error(`${key} has no description in src/config/schema.ts`);
  const schema = inside(field);
  // Nothing that a file can hold is a Date, so each key says what it wants instead.
  const refusal = z.safeParse(schema, new Date(0)).error?.issues[0]?.message ?? '';
  const allowed = refusal.replace(/^must be a text in quotes and /, '').replace(/^must be /, '');
  const value = key === 'bench.name' ? null : readSettings(config, key)[key];
  const initial = value === null || value === undefined ? 'none' : `\`${renderValue(value)}\``;
  return `| \`${key}\` | ${typeOf(schema)} | ${initial} | ${escaped(allowed)} | ${escaped(meaning)} |`;
}

/** The schema of a dotted key, with what makes it optional. */
function fieldOf(key: string): z.ZodMiniType {
  return key.split('.').reduce<z.ZodMiniType>((schema, part) => {
    const field = (inside(schema) as z.ZodMiniObject).shape[part];
    if (field === undefined) throw new Error(`${key} is not in the schema`);
    return field as z.ZodMiniType;
  }, BenchToml);
}

function inside(schema: z.ZodMiniType): z.ZodMiniType {
  return schema instanceof z.ZodMiniOptional ? inside(schema._zod.def.innerType as z.ZodMiniType) : schema;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  enum: 'text',
  number: 'number',
  boolean: 'true or false',
  array: 'list',
  union: 'number or text',
  unknown: 'size',
};

function typeOf(schema: z.ZodMiniType): string {
  const type = TYPES[schema._zod.def.type];
  if (type === undefined) throw new Error(`docs.ts knows no name for the type ${schema._zod.def.type}`);
  return type;
}

/** As part of a table's cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = fileURLToPath(new URL('../docs/config.md', import.meta.url));
  writeFileSync(page, await withKeys(readFileSync(page, 'utf8')));
}
