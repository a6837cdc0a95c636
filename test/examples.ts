import { fileURLToPath } from 'node:url';
import { readManual } from '../scripts/manifest.js';

export interface Example {
  /** `volume snapshot` */
  command: string;
  text: string;
  /** As a shell parts it. */
  argv: string[];
}

/** Every example of every command's help, from the manifest that `npm run build` writes. */
export function allExamples(): Example[] {
  const { commands } = readManual(fileURLToPath(new URL('../', import.meta.url)));
  return commands.flatMap(({ id, examples }) => {
    if (examples.length === 0) throw new Error(`bench ${id} has no example.`);
    return examples.map((text) => ({ command: id, text, argv: words(text) }));
  });
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (found) => found.slice(1).find((part) => part !== undefined) ?? '',
  );
}
