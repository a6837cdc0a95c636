import { UsageError } from '../errors.js';

/**
 * The words of a command as it is typed, with quotes around what holds blanks. No shell: what only a shell could do is
 * refused, and not taken for a word. Pure.
 * @throws UsageError `check-invalid`
 */
export function commandWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const char of text) {
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[|&;<>()$`\\*?]/.test(char)) {
      throw invalid(`has "${char}" outside of quotes, and no shell reads it`);
    } else word = (word ?? '') + char;
  }
  if (quote !== undefined) throw invalid('has a quote that is not closed');
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw invalid('is empty');
  return words;
}

function invalid(why: string): UsageError {
  return new UsageError('check-invalid', `The command of --check ${why}. Nothing was changed.`, {
    suggestions: ['Put it into a script, and name that: --check /usr/local/sbin/check-shop'],
  });
}
