import { describe, expect, it } from 'vitest';
import { MariaDbError } from '../../../src/mariadb/errors.js';
import { waitUntilAnswering } from '../../../src/mariadb/wait.js';
import { FakeServer } from './fake-session.js';

const options = { socketPath: '/run/mysqld/mysqld-shop.sock', timeoutMs: 2000 };

describe('waitUntilAnswering', () => {
  it('tries again until the server answers', async () => {
    const server = new FakeServer();
    let attempts = 0;
    await waitUntilAnswering(options, async (o) => {
      attempts += 1;
      if (attempts < 3) throw new MariaDbError('mariadb-unreachable', 'ENOENT');
      return server.connect(o);
    });
    expect(attempts).toBe(3);
    expect(server.asked).toEqual(['SELECT 1', 'close']);
  });

  it('takes a server that refuses us for one that answers', async () => {
    await waitUntilAnswering(options, () =>
      Promise.reject(new MariaDbError('mariadb-too-many-connections', '1040')),
    );
  });

  it('ends with the last failure when the time is over', async () => {
    const failure = new MariaDbError('mariadb-unreachable', 'ENOENT');
    await expect(
      waitUntilAnswering({ ...options, timeoutMs: 250 }, () => Promise.reject(failure)),
    ).rejects.toBe(failure);
  });

  it('does not hide what is no failure of the server', async () => {
    const bug = new TypeError('bug');
    await expect(waitUntilAnswering(options, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
