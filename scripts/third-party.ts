import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of the libraries that a bundle carries in it: each wants its text to go along.
 * @param inputs the files that went into the bundle, as esbuild's metafile names them
 * @throws Error where a library has no licence text: then it may not be bundled
 */
export function thirdPartyLicences(root: string, inputs: readonly string[]): string {
  const packages = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const sections = [...packages].sort().map((path) => {
    const { name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, path)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${path} has no licence text.`);
    return `${name} ${version}\n\n${readFileSync(join(root, path, file), 'utf8').trim()}\n`;
  });
  return sections.join(`\n${'-'.repeat(78)}\n\n`);
}
