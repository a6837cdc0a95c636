const LABEL = 11;
const NAME = 22;

/** What a thing is, which it is, and the rest, in columns. */
export function statusLine(label: string, name: string, rest: string): string {
  return `${label.padEnd(LABEL)}${name.padEnd(NAME - 1)} ${rest}`.trimEnd();
}

/** `2025-05-28 14:00:00`, UTC as everywhere. */
export function localless(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
