import { UsageError } from '../errors.js';
import { labelKey } from '../names.js';
import { escapeText } from './findings.js';

/**
 * Labels as they are typed, `KEY=VALUE` each; the last one of a key counts.
 * @throws UsageError `label-invalid`
 */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      const key = equals === -1 ? text : text.slice(0, equals);
      const wrong = equals === -1 ? 'must be KEY=VALUE' : labelKey(key);
      if (wrong !== undefined)
        throw new UsageError(
          'label-invalid',
          `The label ${escapeText(text)}: ${equals === -1 ? '' : 'its key '}${wrong}.`,
        );
      return [key, text.slice(equals + 1)];
    }),
  );
}
