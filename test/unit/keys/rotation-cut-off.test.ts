import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, Encrypter } from 'age-encryption';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import type { Runner } from '../../../src/host/exec.js';

// A rotation that was cut off leaves two keys, and ZFS takes one of them.

const PLACE = '../../../src/keys/place.js';
const MOUNTS = '../../../src/host/mounts.js';
const LOOK = '../../../src/encryption/look.js';
const BENCH = '../../../src/bench/bench.js';
const ROOT = 'bench-pool/shop';
const SOURCE = { kind: 'prompt', name: 'shop' } as const;
const OLD = Buffer.from('old-key-0123456789-0123456789-ab');
const NEW = Buffer.from('new-key-0123456789-0123456789-ab');

let directory: string;
let keys: typeof import('../../../src/keys/keys.js');
let encryption: typeof import('../../../src/encryption/encryption.js');

const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-keys-'));
  vi.resetModules();
  vi.doMock(PLACE, async (original) => ({
    ...(await original<typeof import('../../../src/keys/place.js')>()),
    storedKeyFile: () => at('stored'),
    pendingKeyFile: () => at('pending'),
    loadedKeyFile: () => at('loaded'),
  }));
  vi.doMock(MOUNTS, async (original) => ({
    ...(await original<typeof import('../../../src/host/mounts.js')>()),
    mountAt: () => ({ fstype: 'ramfs' }),
  }));
  vi.doMock(LOOK, () => ({
    placeSteps: async () => [],
    lookAtKey: async () => ({
      source: SOURCE,
      dataset: { name: ROOT },
      encryption: { root: ROOT },
      shared: [{ dataset: ROOT }],
    }),
  }));
  vi.doMock(BENCH, async (original) => ({
    ...(await original<typeof import('../../../src/bench/bench.js')>()),
    aloneOn: (_config: unknown, runner: Runner, _purpose: string, task: (runner: Runner) => unknown) =>
      task(runner),
  }));
  keys = await import('../../../src/keys/keys.js');
  encryption = await import('../../../src/encryption/encryption.js');
}, 60_000);
afterAll(async () => {
  for (const path of [PLACE, MOUNTS, LOOK, BENCH]) vi.doUnmock(path);
  vi.resetModules();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  for (const name of await readdir(directory)) await rm(at(name));
});

async function store(name: 'stored' | 'pending', key: Uint8Array, passphrase: string): Promise<void> {
  const encrypter = new Encrypter();
  // The least work: here nobody has to be kept from guessing.
  encrypter.setScryptWorkFactor(1);
  encrypter.setPassphrase(passphrase);
  await writeFile(at(name), armor.encode(await encrypter.encrypt(key)));
}

/** ZFS, which takes this key and no other one. */
const taking = (key: Buffer): Runner => ({
  run: async ({ argv }) => {
    const file = argv[argv.indexOf('-L') + 1]?.replace('file://', '') ?? '';
    return {
      argv,
      exitCode: key.equals(await readFile(file)) ? 0 : 255,
      stdout: '',
      stderr: '',
      durationMs: 0,
    };
  },
});

const placed = () => readFile(at('loaded')).catch(() => undefined);

describe('the key that is fetched', () => {
  const fetch = (inForce: Buffer, passphrase: string | undefined) =>
    keys.fetchKey(SOURCE, ROOT, {
      runner: taking(inForce),
      passphrase: passphrase === undefined ? undefined : new keys.Secret(passphrase),
    });

  test.each([
    ['the one before, of one passphrase for both', OLD, 'same', 'same', 'same'],
    ['the new one, of one passphrase for both', NEW, 'same', 'same', 'same'],
    ['the one before, of its own passphrase', OLD, 'before', 'after', 'before'],
    ['the new one, of its own passphrase', NEW, 'before', 'after', 'after'],
  ])('is %s', async (_, inForce, before, after, passphrase) => {
    await store('stored', OLD, before);
    await store('pending', NEW, after);
    await fetch(inForce, passphrase);
    expect(await placed()).toEqual(inForce);
    expect((await readdir(directory)).toSorted()).toEqual(['loaded', 'pending', 'stored']);
  });

  test('is the new one where the one before is gone', async () => {
    await store('pending', NEW, 'after');
    await fetch(NEW, 'after');
    expect(await placed()).toEqual(NEW);
  });

  test.each([
    ['the passphrase of the key before, which ZFS takes no longer', NEW, 'before', 'key-not-opened'],
    ['the passphrase of the new key, which ZFS does not take yet', OLD, 'after', 'key-not-opened'],
    ['a passphrase of neither', NEW, 'any', 'key-not-opened'],
    ['no passphrase', NEW, undefined, 'passphrase-needed'],
  ])('%s: none is placed', async (_, inForce, passphrase, code) => {
    await store('stored', OLD, 'before');
    await store('pending', NEW, 'after');
    const error = await fetch(inForce, passphrase).catch((thrown) => thrown);
    expect(error).toMatchObject({ code });
    if (code === 'key-not-opened') expect(error.suggestions[0]).toContain('A rotation was cut off');
    expect((await readdir(directory)).toSorted()).toEqual(['pending', 'stored']);
  });

  test('both are read, and ZFS takes neither', async () => {
    await store('stored', OLD, 'same');
    await store('pending', NEW, 'same');
    await expect(fetch(Buffer.from('another'), 'same')).rejects.toMatchObject({ code: 'key-wrong' });
    expect(await placed()).toBeUndefined();
  });

  test('without a rotation a wrong passphrase is just that', async () => {
    await store('stored', OLD, 'before');
    await expect(fetch(OLD, 'any')).rejects.toMatchObject({
      code: 'key-not-opened',
      message: 'The passphrase does not open it. Nothing was changed.',
    });
  });
});

describe('the same rotation again', () => {
  const plan = async (inForce: Buffer, passphrase: string) => {
    await store('stored', OLD, 'before');
    await store('pending', NEW, 'after');
    await writeFile(at('loaded'), inForce);
    const request = { wish: { kind: 'none' } as const, passphrase: new keys.Secret(passphrase) };
    return encryption.planRotation({ name: 'shop' } as BenchConfig, taking(inForce), request);
  };

  test('finishes where ZFS takes the new key', async () => {
    expect(await plan(NEW, 'after')).toMatchObject({ finishes: true });
  });

  test.each(['after', 'before'])(
    'begins anew where ZFS takes the one before, told %s',
    async (passphrase) => {
      expect(await plan(OLD, passphrase)).toMatchObject({ finishes: false });
    },
  );

  test.each([
    ['before', NEW],
    ['any', NEW],
    ['any', OLD],
  ])('is refused where the passphrase, %s, does not tell which', async (passphrase, inForce) => {
    await expect(plan(inForce, passphrase)).rejects.toMatchObject({
      code: 'key-not-opened',
      suggestions: [expect.stringContaining('A rotation was cut off')],
    });
  });
});

test('an export asks for the passphrase where what lies in memory is not what ZFS takes', async () => {
  await writeFile(at('loaded'), NEW);
  const wish = { kind: 'file', path: at('copy'), readers: { kind: 'recipients', recipients: [] } } as const;
  const asked = encryption.exportBenchKey(
    { name: 'shop' } as BenchConfig,
    taking(OLD),
    wish,
    async () => {
      throw new Error('asked');
    },
    () => undefined,
  );
  await expect(asked).rejects.toThrow('asked');
});
