import { onOneLine } from '../printable.js';
import { bySeverity, type Finding, type Level, type Perf } from './finding.js';

/**
 * The one line that a monitoring system reads: the state, what is the matter, and numbers behind a bar. With several
 * benches each is named. Pure.
 */
export function checkLine(level: Level, findings: readonly Finding[]): string {
  const several = new Set(findings.map(({ bench }) => bench)).size > 1;
  const name = (bench: string, text: string) => (several ? `${bench} ${text}` : text);
  const bad = bySeverity(findings).filter((finding) => finding.level !== 'OK');
  // With nothing wrong on many benches nobody reads all of it.
  const told = bad.length > 0 ? bad : several ? [] : findings;
  const texts = told.map(({ bench, message }) => (several ? `${bench}: ${message}` : message));
  const first =
    several && bad.length === 0 ? `${new Set(findings.map(({ bench }) => bench)).size} benches` : '';
  const only = several ? undefined : findings[0]?.bench;
  const head = only === undefined ? `BENCH ${level}` : `BENCH ${level} - ${only}`;
  const text = [first, ...texts].filter((part) => part !== '').join('; ');
  const perf = findings.flatMap(({ bench, perf: numbers }) =>
    numbers.map((number) => perfText({ ...number, label: name(bench, number.label) })),
  );
  const line = text === '' ? head : `${head}${only === undefined ? ' - ' : ': '}${plain(text)}`;
  return perf.length === 0 ? line : `${line} | ${perf.join(' ')}`;
}

/** The bar parts text from numbers. */
function plain(text: string): string {
  return onOneLine(text).replaceAll('|', '/');
}

/** `'label'=value[unit];[warning];[critical];[min];[max]`, without what is empty at its end. */
function perfText({ label, value, unit, warning, critical, min, max }: Perf): string {
  const numbers = [warning, critical, min, max].map((number) => (number === null ? '' : String(number)));
  return `'${label.replace(/['=]/g, '_')}'=${value}${unit};${numbers.join(';')}`.replace(/;+$/, '');
}
