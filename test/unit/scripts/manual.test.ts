import { expect, test } from 'vitest';
import { debianChangelog, wrap } from '../../../scripts/debian-texts.js';
import { roff } from '../../../scripts/man.js';

test('what groff would take for a request or an escape is text in the man page', () => {
  expect(roff('.so /etc/passwd')).toBe('\\&.so /etc/passwd');
  expect(roff("a\n'b")).toBe("a\n\\&'b");
  expect(roff('mariadb@my\\x2dshop …')).toBe('mariadb@my\\ex2dshop \\[u2026]');
});

test('the change log is Debian’s, no line of it too long', () => {
  const text = debianChangelog(
    '1.2.3',
    '# Changelog\n\n## 1.2.3\n\nIn short.\n\n### One\n\n- One\n  thing.\n- Two.\n\n### More\n\n- Three.\n\n## 1.2.2\n\n- Old.\n',
    new Date(0),
  );
  expect(text).toBe(
    'bench (1.2.3) unstable; urgency=medium\n\n  * In short.\n  * One thing.\n  * Two.\n  * Three.\n\n' +
      ' -- The bench authors <bench@example.org>  Thu, 01 Jan 1970 00:00:00 +0000\n',
  );
  expect(wrap('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
});
