import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isForWriting, mapsForWriting, writersBelow } from '../../../src/host/writers.js';

test.each([
  ['pos:\t0\nflags:\t0100000\nmnt_id:\t1\n', false],
  ['pos:\t0\nflags:\t0102001\nmnt_id:\t1\n', true],
  ['pos:\t0\nflags:\t02\n', true],
  ['', false],
])('%j is open for writing: %s', (fdinfo, expected) => {
  expect(isForWriting(fdinfo)).toBe(expected);
});

test('only a shared mapping that may be written, below the directory, counts', () => {
  const maps = (permissions: string, path: string) =>
    `7f00-7f01 r-xp 0 fe:01 1 /usr/bin/cat\n7f02-7f03 ${permissions} 00000000 fe:01 131 ${' '.repeat(20)}${path}\n`;
  expect(mapsForWriting(maps('rw-s', '/srv/b/x'), '/srv/b/')).toBe(true);
  expect(mapsForWriting(maps('rw-p', '/srv/b/x'), '/srv/b/')).toBe(false);
  expect(mapsForWriting(maps('r--s', '/srv/b/x'), '/srv/b/')).toBe(false);
  expect(mapsForWriting(maps('rw-s', '/srv/bb/x'), '/srv/b/')).toBe(false);
});

test.runIf(process.platform === 'linux')('finds who writes below a directory, not who reads', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-writers-'));
  const file = openSync(join(directory, 'log'), 'a+');
  const readOnly = openSync(join(directory, 'log'), 'r');
  const writer = spawn('sleep', ['60'], { stdio: ['ignore', file, 'ignore'] });
  const reader = spawn('sleep', ['60'], { stdio: [readOnly, 'ignore', 'ignore'] });
  try {
    const found = await writersBelow(directory);
    expect(found.map(({ pid, name }) => [pid, name])).toEqual([[writer.pid, 'sleep']]);
    expect(await writersBelow(join(directory, '..', 'no-such-directory')).catch(({ code }) => code)).toBe(
      'ENOENT',
    );
  } finally {
    for (const child of [writer, reader]) {
      child.kill();
      await once(child, 'exit');
    }
    closeSync(file);
    closeSync(readOnly);
    rmSync(directory, { recursive: true });
  }
});
