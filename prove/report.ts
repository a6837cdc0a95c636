import { readFileSync, writeFileSync } from 'node:fs';

/** What one part of the proof has found. */
export interface Part {
  /** Its place in docs/proof.md: the text between `<!-- NAME -->` and `<!-- end of NAME -->`. */
  name: string;
  /** Markdown. */
  text: string;
  failures: readonly string[];
}

const FILE = new URL('../docs/proof.md', import.meta.url);

/**
 * Writes the part into docs/proof.md, in the place of what an earlier run has found.
 * @param made from which commit and on what
 */
export function writePart({ name, text, failures }: Part, made: string): void {
  const findings =
    failures.length === 0 ? '' : `\n\nFindings:\n\n${failures.map((each) => `- ${each}`).join('\n')}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    FILE,
    replacePart(readFileSync(FILE, 'utf8'), name, `${text}${findings}\n\n*Made on ${date} ${made}.*`),
  );
}

/** @throws Error where the document has no place for this part */
export function replacePart(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/proof.md has no place for ${name}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
