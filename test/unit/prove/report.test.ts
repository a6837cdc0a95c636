import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { replacePart } from '../../../prove/report.js';

const PROOF = readFileSync(new URL('../../../docs/proof.md', import.meta.url), 'utf8');

test.each(['faults', 'hostile', 'load', 'speed', 'copies', 'power'])(
  'docs/proof.md has a place for %s',
  (part) => {
    const once = replacePart(PROOF, part, 'found today');
    expect(once).toContain(`<!-- ${part} -->\nfound today\n<!-- end of ${part} -->`);
    // The next run takes the place of this one, and of nothing else.
    expect(replacePart(once, part, 'found tomorrow')).toBe(once.replace('found today', 'found tomorrow'));
  },
);

test('a part that the document has no place for is an error', () => {
  expect(() => replacePart(PROOF, 'weather', 'fair')).toThrow('weather');
});
