/** One line of a recorded session, and when it was printed, in seconds since its beginning. */
export interface Line {
  at: number;
  text: string;
  isTyped: boolean;
}

const SIZE = { columns: 116, rows: 26, line: 18, char: 7.83, margin: 14 };
/** For how long the end stays before it begins again, in seconds. */
const REST = 6;

/**
 * A session as a picture that plays itself, without a script: the lines scroll up by steps, and a curtain uncovers them.
 * Wherever animations are off, its end is shown. Pure.
 */
export function sessionSvg(lines: readonly Line[], title: string): string {
  const { columns, rows, line, char, margin } = SIZE;
  const width = Math.ceil(columns * char) + 2 * margin;
  const height = rows * line + 2 * margin;
  const total = (lines.at(-1)?.at ?? 0) + REST;
  const percent = (at: number) => `${((100 * at) / total).toFixed(2)}%`;
  const scrolled = (count: number) => -line * Math.max(0, count - rows);
  const frames = lines.map(({ at }, index) => ({ at: percent(at), count: index + 1 }));
  const keyframes = (name: string, value: (count: number) => number) =>
    `@keyframes ${name}{0%{transform:translateY(${value(0)}px)}${frames.map(({ at, count }) => `${at}{transform:translateY(${value(count)}px)}`).join('')}to{transform:translateY(${value(lines.length)}px)}}`;
  const texts = lines.map(({ text, isTyped }, index) => {
    const y = margin + (index + 0.75) * line;
    const shown = escaped(text.length > columns ? `${text.slice(0, columns - 1)}…` : text);
    return isTyped
      ? `<text y="${y}" class="p">$<tspan class="t" dx="${char}">${shown.slice(2)}</tspan></text>`
      : `<text y="${y}">${shown}</text>`;
  });
  const end = scrolled(lines.length);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text{font:13px/1 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}
.p{fill:#7ee787}.t{fill:#fff;font-weight:600}
.s{transform:translateY(${end}px)}.c{transform:translateY(${height}px)}
@media (prefers-reduced-motion:no-preference){.s{animation:s ${total.toFixed(1)}s steps(1) infinite}.c{animation:c ${total.toFixed(1)}s steps(1) infinite}}
${keyframes('s', scrolled)}
${keyframes('c', (count) => margin + count * line + scrolled(count))}
</style>
<clipPath id="w"><rect width="${width}" height="${height}" rx="8"/></clipPath>
<g clip-path="url(#w)"><rect width="${width}" height="${height}" fill="#0d1117"/>
<g transform="translate(${margin})"><g class="s">
${texts.join('\n')}
</g></g>
<rect class="c" width="${width}" height="${height}" fill="#0d1117"/></g>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
