import { onOneLine } from '../printable.js';

/** One thing that is wrong in a bench.toml. Lines and columns count from 1. */
export interface Finding {
  file: string;
  line?: number;
  column?: number;
  /** Dotted, such as `volume.dataset.quota`. */
  key?: string;
  /** The value found, as JSON, cut; never that of a key which may be a secret. */
  value?: string;
  /** What is wrong and what is allowed. */
  message: string;
}

/** A finding before it is known where in the text it lies. */
export interface RawFinding {
  path: readonly (string | number)[];
  message: string;
  value?: string;
}

const SHOWN_FINDINGS = 20;
const SHOWN_VALUE = 80;

/** `FILE:LINE:COLUMN: KEY = VALUE: MESSAGE`, as compilers print it, so that editors can jump there. */
export function formatFinding(finding: Finding): string {
  const where = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':');
  const what =
    finding.value === undefined ? (finding.key ?? '') : `${finding.key ?? 'value'} = ${finding.value}`;
  return onOneLine(`${where}: ${what === '' ? '' : `${what}: `}${finding.message}`);
}

/** One line per finding, at most twenty of them. */
export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.slice(0, SHOWN_FINDINGS).map(formatFinding);
  if (findings.length > SHOWN_FINDINGS) lines.push(`… and ${findings.length - SHOWN_FINDINGS} more`);
  return lines.join('\n');
}

/** A value for an error message: JSON-escaped (no control character reaches the terminal) and cut. */
export function showValue(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return cut(`[${value.map(showValue).join(', ')}]`);
  if (typeof value === 'object' && value !== null) return 'a table';
  return cut(typeof value === 'string' ? escapeText(value) : String(value));
}

/** JSON leaves DEL, C1 controls and bidirectional overrides as they are; a terminal does not. */
export function escapeText(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(text: string): string {
  return text.length > SHOWN_VALUE ? `${text.slice(0, SHOWN_VALUE - 1)}…` : text;
}
