import { expect, test } from 'vitest';
import type { Source } from '../../../src/extract/source.js';
import { planReplacement } from '../../../src/extract/target.js';
import { FakeServer } from '../mariadb/fake-session.js';

test('what an earlier replacement has kept may be the only copy: it is not proposed to drop it first', async () => {
  const { connect } = new FakeServer((sql) =>
    /SCHEMATA/.test(sql) ? [{ comment: '' }] : [{ name: 'orders' }, { name: 'orders__before' }],
  );
  const session = await connect({ socketPath: '', timeoutMs: 1 });
  const source = { database: 'app', tables: ['orders'] } as unknown as Source;
  await expect(planReplacement(session, session, source)).rejects.toMatchObject({
    code: 'before-exists',
    message: expect.stringContaining('the only copy of what was live before it. Nothing was changed.'),
    suggestions: [
      expect.stringMatching(/^Look at it.* RENAME TABLE `app`.`orders__before` TO `app`.`orders__kept`$/),
      expect.stringMatching(/^Or, when you know that nothing of it is needed: DROP TABLE /),
    ],
  });
});
