import { Box, Text } from 'ink';
import type { Row } from './rows.js';

const isPlain = (process.env.NO_COLOR ?? '') !== '';

/** Rows as they are, one line of the terminal each: what is too long is cut off. */
export function Lines({ rows }: { rows: readonly Row[] }) {
  return (
    <Box flexDirection="column">
      {rows.map((spans, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the screen is its number
        <Text key={line} wrap="truncate-end">
          {spans.map(({ text, ...style }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <Text key={index} {...look(style)}>
              {text}
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}

/** ink asks for no more than a terminal; NO_COLOR (no-color.org) is ours to respect. */
function look({ color, bold = false, dim = false }: Omit<Row[number], 'text'>) {
  if (isPlain) return {};
  return { bold, dimColor: dim, ...(color === undefined ? {} : { color }) };
}
