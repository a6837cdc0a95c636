import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { contract } from '../scripts/contract.js';
import { schemaFile } from '../scripts/schemas.js';

// Formats are for readers: what checks them is a library of its own.
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
const validators = new Map<string, ValidateFunction>();

function validator(file: string): ValidateFunction {
  const known = validators.get(file);
  if (known !== undefined) return known;
  const made = ajv.compile(JSON.parse(readFileSync(new URL(`../schemas/${file}`, import.meta.url), 'utf8')));
  validators.set(file, made);
  return made;
}

/** The id of the command that these arguments call: `volume:status` for `volume status -b shop`. */
export function commandId(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return [3, 2, 1]
    .map((length) => words.slice(0, length).join(':'))
    .find((id) => Object.hasOwn(contract, id));
}

/**
 * Reads what a command has printed with `--json` and holds it against its published schema, a failure against
 * that of failures. Throws where it is not exactly one such object.
 */
export function readJson<T>(args: readonly string[], exitCode: number, stdout: string): T {
  const id = commandId(args);
  if (exitCode === 0 && id === undefined)
    throw new Error(`bench ${args.join(' ')} is not in scripts/contract.ts`);
  // A guarded change that has failed is a result, too, and so are hosts that have.
  const results =
    id === 'guard' ? [10, 11] : id === 'fleet:exec' || id === 'fleet:rebuild' ? [1, 12, 13] : [];
  const isResult =
    exitCode === 0 || (results.includes(exitCode) && !Object.hasOwn(JSON.parse(stdout) as object, 'error'));
  const file = isResult && id !== undefined ? schemaFile(id) : 'error.schema.json';
  const validate = validator(file);
  const value: unknown = JSON.parse(stdout);
  if (validate(value)) return value as T;
  const findings = (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
  throw new Error(
    `bench ${args.join(' ')} --json does not keep to schemas/${file}:\n${findings.join('\n')}\n${stdout}`,
  );
}
