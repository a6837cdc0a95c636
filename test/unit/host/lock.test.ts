import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, EXIT } from '../../../src/errors.js';
import { withLock } from '../../../src/host/lock.js';
import { workerOf } from '../support/worker.js';

const startHolder = workerOf(new URL('lock-holder.ts', import.meta.url));

let directory: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-lock-'));
  path = join(directory, 'shop.lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** Another process that holds the lock by now. */
async function holder(lock: string, ms = 60_000): Promise<ChildProcess> {
  const child = startHolder(lock, String(ms));
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

const lock = (timeoutMs = 0, at = path) =>
  withLock({ path: at, timeoutMs, purpose: 'testing' }, async () => 'done');

describe('withLock', { timeout: 30_000 }, () => {
  it('runs the work, says who holds it meanwhile, and leaves an empty file', async () => {
    const result = await withLock({ path, timeoutMs: 0, purpose: 'a test' }, async ({ fd }) => {
      expect(fd).toBeGreaterThan(2);
      const holder = JSON.parse(await readFile(path, 'utf8'));
      expect(holder).toEqual({
        pid: process.pid,
        start: expect.any(String),
        purpose: 'a test',
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      return 42;
    });
    expect(result).toBe(42);
    expect(await readFile(path, 'utf8')).toBe('');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('makes the directory of the lock file', async () => {
    const deep = join(directory, 'a/b/x.lock');
    expect(await lock(0, deep)).toBe('done');
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o755);
  });

  it('gives the lock back when the work fails', async () => {
    const failing = withLock({ path, timeoutMs: 0, purpose: 'x' }, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await lock()).toBe('done');
  });

  it('excludes within one process as well', async () => {
    let inside = 0;
    const once = () =>
      withLock({ path, timeoutMs: 10_000, purpose: 'x' }, async () => {
        expect(++inside).toBe(1);
        await sleep(20);
        inside--;
      });
    await Promise.all([once(), once(), once()]);
  });

  it('keeps others out also where its file was removed, and made again, while it was waited for', async () => {
    let inside = 0;
    const waiting: Promise<void>[] = [];
    const alone = () =>
      withLock({ path, timeoutMs: 10_000, purpose: 'x' }, async () => {
        expect(++inside).toBe(1);
        await sleep(100);
        inside--;
      });
    await withLock({ path, timeoutMs: 0, purpose: 'x' }, async () => {
      waiting.push(alone());
      // By now it has the file open that is about to go.
      await sleep(300);
      await rm(path);
      waiting.push(alone());
      await sleep(100);
    });
    await Promise.all(waiting);
    expect(await lock()).toBe('done');
  });

  it('names the other process, what it does and since when', async () => {
    const other = await holder(path);
    const started = performance.now();
    const error: unknown = await lock(300).catch((thrown: unknown) => thrown);
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ code: 'busy', exitCode: EXIT.busy });
    expect((error as Error).message).toMatch(
      new RegExp(`locked by process ${other.pid} \\(holding for a test, since 2.*Z\\) after 0.3 s`),
    );
    await expect(lock(0)).rejects.toBeInstanceOf(BusyError);
  });

  it('waits until the other process is done', async () => {
    await holder(path, 400);
    expect(await lock(20_000)).toBe('done');
  });

  it('is free as soon as its holder is killed, whatever the file says', async () => {
    const other = await holder(path);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await readFile(path, 'utf8')).toContain(`"pid":${other.pid}`);
    expect(await lock(0)).toBe('done');
  });

  it.runIf(process.platform === 'linux')(
    'stays with a program that was handed it, and names that',
    async () => {
      const sleeper = await withLock({ path, timeoutMs: 0, purpose: 'x' }, async ({ fd }) =>
        spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', fd] }),
      );
      children.push(sleeper);
      await expect(lock(0)).rejects.toThrow(`locked by sleep (pid ${sleeper.pid}). Nothing`);
      // What a holder leaves that was killed: its id may be somebody else's by now, such as ours.
      await writeFile(path, `{"pid":${process.pid},"start":"1","purpose":"killed","since":"then"}\n`);
      await expect(lock(0)).rejects.toThrow(
        `locked by sleep (pid ${sleeper.pid}), after process ${process.pid} (killed, since then) had ended.`,
      );
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
      expect(await lock(0)).toBe('done');
    },
  );

  it('is not passed on to programs that are started meanwhile', async () => {
    const sleeper = await withLock({ path, timeoutMs: 0, purpose: 'x' }, async () =>
      spawn('sleep', ['60'], { stdio: 'ignore' }),
    );
    children.push(sleeper);
    expect(await lock(0)).toBe('done');
  });

  it('locks a directory without leaving anything in it', async () => {
    await holder(directory);
    await expect(lock(0, directory)).rejects.toThrow(
      /still locked by (?:node \(pid \d+\)|another process)\. /,
    );
    expect(await readdir(directory)).toEqual([]);
  });

  it('does not believe what stands in the file', async () => {
    for (const content of [
      '{"pid":1,"purpose":"x","since":"y"}\n',
      'null',
      '{',
      '\0\0',
      'x'.repeat(10_000),
    ]) {
      await writeFile(path, content);
      expect(await lock(0)).toBe('done');
    }
  });

  it('makes and empties nothing in the place of a directory', async () => {
    const locked = (at: string) =>
      withLock({ path: at, isDirectory: true, timeoutMs: 0, purpose: 'testing' }, async () => 'done');
    expect(await locked(directory)).toBe('done');
    await writeFile(path, 'content');
    await expect(locked(path)).rejects.toMatchObject({ code: 'lock-refused' });
    await expect(locked(`${path}2`)).rejects.toMatchObject({ code: 'lock-refused' });
    expect(await readFile(path, 'utf8')).toBe('content');
    expect(await readdir(directory)).toEqual(['shop.lock']);
  });

  it('refuses symlinks, also dangling ones, and what is no file', async () => {
    await symlink('elsewhere', path);
    await expect(lock()).rejects.toMatchObject({ code: 'lock-refused', exitCode: EXIT.refused });
    expect(await readdir(directory)).toEqual(['shop.lock']);
    await expect(lock(0, '/dev/null')).rejects.toMatchObject({ code: 'lock-refused' });
  });

  it.runIf(process.geteuid?.() === 0)('works for a user who may only read the file', async () => {
    await chmod(directory, 0o755);
    await writeFile(path, '');
    process.seteuid?.(65_534);
    try {
      expect(await lock()).toBe('done');
      await expect(lock(0, join(directory, 'new.lock'))).rejects.toMatchObject({ code: 'lock-refused' });
    } finally {
      process.seteuid?.(0);
    }
    const other = await holder(path);
    process.seteuid?.(65_534);
    try {
      await expect(lock(0)).rejects.toThrow(`process ${other.pid}`);
    } finally {
      process.seteuid?.(0);
    }
  });

  it('accepts an existing directory above', async () => {
    await mkdir(join(directory, 'sub'));
    expect(await lock(0, join(directory, 'sub/x.lock'))).toBe('done');
  });
});
