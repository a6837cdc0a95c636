import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Extraction } from '../../../src/extract/database.js';
import type { Place } from '../../../src/extract/files.js';
import type { Command } from '../../../src/host/exec.js';

let errors: typeof import('../../../src/errors.js');
let extraction: typeof import('../../../src/extract/extraction.js');
/** What happens to the lock of the bench, each time that it is asked for; nothing where it is had. */
let locks: (() => void)[] = [];
beforeAll(async () => {
  vi.resetModules();
  const bench = await vi.importActual<object>('../../../src/bench/bench.js');
  const aloneOn = async (_: unknown, runner: unknown, __: string, work: (held: unknown) => unknown) => {
    locks.shift()?.();
    return work(runner);
  };
  vi.doMock('../../../src/bench/bench.js', () => ({
    ...bench,
    aloneOn,
    refuseUnfinishedRestore: async () => undefined,
  }));
  errors = await import('../../../src/errors.js');
  extraction = await import('../../../src/extract/extraction.js');
});
afterAll(() => {
  vi.doUnmock('../../../src/bench/bench.js');
  vi.resetModules();
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-extract-'));
  for (const side of ['snapshot', 'live']) {
    await mkdir(join(directory, side));
    for (const name of ['a', 'b']) await writeFile(join(directory, side, name), `${name} of ${side}`);
  }
});
afterEach(async () => {
  locks = [];
  await rm(directory, { recursive: true });
});

const place = (name: string): Place => ({
  file: { path: name, source: join(directory, 'snapshot', name) },
  to: join(directory, 'live', name),
  aside: `${name}.before-extract-1`,
});

let copied: string;
/** Copies as rsync does, into the directory that it is handed. */
const runner = {
  run: async ({ argv, inheritFds }: Command) => {
    if (argv[0] === 'rsync') {
      const source = argv.at(-2) ?? '';
      copied = `/proc/self/fd/${inheritFds?.[0]}/${basename(source)}`;
      await cp(source, copied);
    }
    return { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
  },
};

const bring = (places: Place[], inPlace: string[] = []) =>
  extraction.bringAll(
    {
      config: { name: 'shop' },
      runner,
      snapshot: { tag: 'good' },
      notes: [],
      inPlace,
      onStep: () => undefined,
    } as unknown as Extraction,
    { places, database: undefined },
  );
const failed = (...of: Parameters<typeof bring>) =>
  bring(...of).then(
    () => expect.fail('it has not failed'),
    (error: unknown) => error,
  );
const live = (name: string) => readFile(join(directory, 'live', name), 'utf8');
const busy = () => {
  throw new errors.BusyError('busy', 'The lock is held. Nothing was changed.', { suggestions: ['Wait.'] });
};

// As on every host that bench runs on: what is copied is handed on as a file descriptor.
describe.runIf(process.platform === 'linux')('a failure once something is in its place', () => {
  test('says what is there, where the old is kept, and how the rest comes back', async () => {
    locks = [() => undefined, busy];
    expect(await failed([place('a'), place('b')])).toMatchObject({
      code: 'extract-unfinished',
      exitCode: 1,
      message: `The extract is not finished: The lock is held. In its place is: a at ${directory}/live/a (what was there: ${directory}/live/a.before-extract-1).`,
      suggestions: ['Wait.', 'To bring back the rest: bench volume extract good --file b --in-place -b shop'],
    });
    expect(await live('a')).toBe('a of snapshot');
    expect(await live('a.before-extract-1')).toBe('a of live');
    expect(await live('b')).toBe('b of live');
  });

  test('tables that were exchanged count, and their second exchange is not what is proposed', async () => {
    locks = [busy];
    const error = await failed([place('a')], ['orders of app (what was there: orders__before)']);
    expect(error).toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('In its place is: orders of app (what was there: orders__before).'),
      suggestions: ['Wait.', 'To bring back the rest: bench volume extract good --file a --in-place -b shop'],
    });
  });

  test('the same file twice: what was there is not given up', async () => {
    const error = await failed([place('a'), place('a')]);
    expect(error).toMatchObject({ code: 'extract-unfinished', exitCode: 1 });
    expect(await live('a')).toBe('a of snapshot');
    expect(await live('a.before-extract-1')).toBe('a of live');
  });

  test('an interruption stays one, and an unforeseen error is none of bench', async () => {
    const throwing = (error: unknown) => () => {
      throw error;
    };
    locks = [throwing(new errors.InterruptedError('interrupted', 'Interrupted by SIGINT.'))];
    expect(await failed([place('a')], ['x'])).toMatchObject({ code: 'interrupted', exitCode: 130 });
    locks = [throwing(new Error('EIO'))];
    expect(await failed([place('a')], ['x'])).toMatchObject({
      code: 'extract-unfinished',
      message: 'The extract is not finished: EIO In its place is: x.',
    });
  });
});

describe.runIf(process.platform === 'linux')('a failure before anything is in its place', () => {
  test('has changed nothing, and stays what it is', async () => {
    locks = [busy];
    expect(await failed([place('a'), place('b')])).toMatchObject({ code: 'busy', exitCode: 4 });
    expect((await readdir(join(directory, 'live'))).sort()).toEqual(['a', 'b']);
  });

  test('what was set aside for it has its name again', async () => {
    // What was copied is gone again.
    locks = [() => rmSync(copied)];
    expect(await failed([place('a')])).toMatchObject({ code: 'ENOENT' });
    expect(await live('a')).toBe('a of live');
    expect((await readdir(join(directory, 'live'))).sort()).toEqual(['a', 'b']);
  });
});

test('two things for one place are refused', () => {
  const to = (path: string): Place => ({
    file: { path, source: '' },
    to: join('/root/out', basename(path)),
    aside: undefined,
  });
  const refuse =
    (...paths: string[]) =>
    () =>
      extraction.refuseSamePlace(paths.map(to));
  expect(refuse('a', 'b')).not.toThrow();
  expect(refuse('sites/x/logs', 'sites/y/logs')).toThrow(
    /would come back to \/root\/out\/logs. Nothing was changed/,
  );
  expect(refuse('a', 'b', 'a')).toThrow();
});
