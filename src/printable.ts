/** What moves a terminal's cursor, colours it, or shows text in another order than it has. Not the newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text of anybody's for a terminal: lines stay, every other control character is spelled out. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    const short = { '\r': '\\r', '\t': '\\t' }[char];
    const code = char.charCodeAt(0).toString(16);
    return short ?? (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`);
  });
}

/** The same as part of a line: it cannot begin another one, which would look like bench's own. */
export function onOneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n');
}

/** What a refusal says without its last words, where something was changed after all, or that is told otherwise. Pure. */
export function withoutNothingChanged(message: string): string {
  return message.replace(/ Nothing was changed\.$/, '');
}
