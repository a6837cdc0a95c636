import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCredentials, readCredentials } from '../../../src/offsite/credentials.js';
import { retrying } from '../../../src/offsite/retrying.js';
import { failureOf, isMissing, redacted, storeError } from '../../../src/offsite/s3-failure.js';
import { type Store, StoreError, type StoreFailure } from '../../../src/offsite/store.js';
import { Uploads } from '../../../src/offsite/uploads.js';
import { MemoryStore } from './memory-store.js';

describe('what the client throws', () => {
  const answered = (name: string, httpStatusCode: number) => ({
    name,
    message: 'm',
    $metadata: { httpStatusCode },
  });
  test.each<[unknown, StoreFailure]>([
    [{ name: 'Error', code: 'ECONNREFUSED', message: 'connect' }, 'busy'],
    [{ name: 'TimeoutError', message: 'socket' }, 'busy'],
    [answered('InternalError', 500), 'busy'],
    [answered('Unknown', 503), 'busy'],
    [answered('SlowDown', 503), 'busy'],
    [answered('AccessDenied', 403), 'denied'],
    [answered('InvalidAccessKeyId', 403), 'denied'],
    [answered('Whatever', 403), 'denied'],
    [answered('NoSuchBucket', 404), 'bucket-missing'],
    [answered('RequestTimeTooSkewed', 403), 'clock'],
    [answered('QuotaExceeded', 403), 'full'],
    [answered('Unknown', 507), 'full'],
    [answered('BadDigest', 400), 'damaged-on-the-way'],
    [answered('Unknown', 422), 'damaged-on-the-way'],
    [answered('PreconditionFailed', 412), 'exists'],
    [answered('NotImplemented', 501), 'unsupported'],
    [answered('InvalidRequest', 400), 'refused'],
    [undefined, 'busy'],
  ])('%j comes to %s', (error, failure) => {
    expect(failureOf(error)).toBe(failure);
  });

  test('an object that is not there is no failure; a bucket that is not there is one', () => {
    expect(isMissing(answered('NoSuchKey', 404))).toBe(true);
    expect(isMissing(answered('NotFound', 404))).toBe(true);
    expect(isMissing(answered('NoSuchBucket', 404))).toBe(false);
  });

  test('is told without its request, and without a secret that the store repeats', () => {
    const thrown = {
      ...answered('InvalidAccessKeyId', 403),
      message: 'no such key AKIA1',
      $response: { secret: 's3cr3t' },
    };
    const error = storeError(thrown, 'put x', 's3://b', ['s3cr3t', 'AKIA1', '']);
    expect(error.message).toBe(
      's3://b: put x was not allowed: InvalidAccessKeyId no such key <secret> (HTTP 403)',
    );
    expect(JSON.stringify({ ...error, cause: error.cause })).not.toContain('s3cr3t');
    expect(redacted('a.b', ['.'])).toBe('a<secret>b');
  });
});

describe('more attempts', () => {
  const failing = (failures: StoreFailure[]): Store & { calls: number } => {
    const store = Object.assign(new MemoryStore(), { calls: 0 });
    store.list = async () => {
      store.calls += 1;
      const failure = failures.shift();
      if (failure !== undefined) throw new StoreError(failure, 'list', 'memory', 'no');
      return [];
    };
    return store;
  };

  test('are made of what may pass', async () => {
    const store = failing(['busy', 'damaged-on-the-way']);
    expect(await retrying(store, undefined, [0, 0]).list('')).toEqual([]);
    expect(store.calls).toBe(3);
  });

  test('have an end', async () => {
    const store = failing(['busy', 'busy', 'busy']);
    await expect(retrying(store, undefined, [0, 0]).list('')).rejects.toThrow('failed');
  });

  test.each<StoreFailure>(['denied', 'bucket-missing', 'full', 'exists', 'refused'])(
    'none of %s',
    async (failure) => {
      const store = failing([failure]);
      await expect(retrying(store, undefined, [0]).list('')).rejects.toThrow();
      expect(store.calls).toBe(1);
    },
  );

  test('one where the time was wrong: the client knows the right one then', async () => {
    const store = failing(['clock', 'clock']);
    await expect(retrying(store, undefined, [0, 0]).list('')).rejects.toMatchObject({ code: 'store-clock' });
    expect(store.calls).toBe(2);
  });
});

describe('uploads side by side', () => {
  test('are so many at a time', async () => {
    const uploads = new Uploads(2);
    let [now, most] = [0, 0];
    for (let index = 0; index < 6; index += 1)
      await uploads.add(async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
      });
    await uploads.end();
    expect([most, now]).toEqual([2, 0]);
  });

  test('end with the first that failed, and begin no more', async () => {
    const uploads = new Uploads(1);
    await uploads.add(async () => {
      throw new Error('the first');
    });
    await expect(uploads.add(async () => undefined)).rejects.toThrow('the first');
    await expect(uploads.end()).rejects.toThrow('the first');
  });
});

describe('the key of the store', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-key-'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const runner = { run: () => Promise.reject(new Error('nothing is to be run')) };
  const TEXT = '# a comment\n[default]\naws_access_key_id = A\naws_secret_access_key=b+/=\n';
  const file = async (name: string, text: string, mode = 0o600) => {
    const path = join(directory, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };

  test('is read as AWS tools do', async () => {
    const found = await readCredentials(await file('good', TEXT), runner);
    expect(found).toEqual({ accessKeyId: 'A', secretAccessKey: 'b+/=', sessionToken: undefined });
    expect(
      parseCredentials(`[other]\naws_access_key_id=x\n${TEXT}aws_session_token = t\n`, 'f'),
    ).toMatchObject({
      accessKeyId: 'A',
      sessionToken: 't',
    });
  });

  test.each<[number, string]>([
    [0o644, 'credentials-open'],
    [0o640, 'credentials-open'],
    [0o604, 'credentials-open'],
  ])('with mode %o is refused', async (mode, code) => {
    await expect(readCredentials(await file(`open-${mode}`, TEXT, mode), runner)).rejects.toMatchObject({
      code,
    });
  });

  test('that is not there, or a link, is refused', async () => {
    await expect(readCredentials(join(directory, 'none'), runner)).rejects.toMatchObject({
      code: 'credentials-missing',
    });
    await symlink(await file('real', TEXT), join(directory, 'link'));
    await expect(readCredentials(join(directory, 'link'), runner)).rejects.toMatchObject({
      code: 'credentials-unreadable',
    });
    await expect(readCredentials('credential:none-such', runner)).rejects.toMatchObject({
      code: 'credentials-missing',
    });
  });

  test.each(['', 'secret-word', '[default]\naws_access_key_id = A\n', '[a]\nx=1\n[b]\ny=2\n'])(
    'that is %j is refused, and not repeated',
    (text) => {
      expect(() => parseCredentials(text, '/etc/key')).toThrow(/^\/etc\/key (has|lacks)/);
      expect(() => parseCredentials(text, '/etc/key')).not.toThrow(/secret-word/);
    },
  );
});
