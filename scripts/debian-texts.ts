export const MAINTAINER = 'The bench authors <bench@example.org>';

/** The package's copyright file in the machine-readable format 1.0 (DEP-5). */
export function copyright(license: string): string {
  const [, holder = ''] = /^Copyright \(c\) (.*)$/m.exec(license) ?? [];
  const terms = license.slice(license.indexOf('Permission is hereby granted'));
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bench

Files: *
Copyright: ${holder}
License: Expat
Comment:
 The bundle holds libraries under their own terms, which are in
 /usr/share/doc/bench/THIRD-PARTY.gz.

License: Expat
${field(terms)}
`;
}

/** The lines of a field (Debian policy 5.1): each indented, an empty one a full stop. */
function field(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n');
}

/** CHANGELOG.md as Debian's changelog (policy 4.4): its first section is that of this version. */
export function debianChangelog(version: string, markdown: string, date: Date): string {
  const section = (markdown.split(/^## .*$/m)[1] ?? '').replaceAll(/^### .*$/gm, '');
  const entries = section
    .split(/^- |\n\n(?=\S)/m)
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => wrap(`* ${entry}`, 74).map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`)));
  return [
    `bench (${version}) unstable; urgency=medium`,
    '',
    ...entries.flat(),
    '',
    ` -- ${MAINTAINER}  ${rfc5322(date)}`,
    '',
  ].join('\n');
}

/** Lines of at most `width` characters, unless a single word is longer. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function rfc5322(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
