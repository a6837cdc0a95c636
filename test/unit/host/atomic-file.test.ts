import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.js';
import { readFileCarefully, setAside, writeFileAtomic } from '../../../src/host/atomic-file.js';
import { workerOf } from '../support/worker.js';

const asRoot = process.geteuid?.() === 0;
const [BOB, EVE] = [12_345, 23_456];
const startWriter = workerOf(new URL('atomic-writer.ts', import.meta.url));

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-atomic-'));
  file = join(directory, 'file');
});
afterEach(() => rm(directory, { recursive: true }));

describe('writeFileAtomic', { timeout: 60_000 }, () => {
  it('makes a new file with mode 0644 or the given one, whatever the umask', async () => {
    const umask = process.umask(0o077);
    try {
      await writeFileAtomic(file, 'x');
      await writeFileAtomic(`${file}2`, new Uint8Array([0, 255]), { mode: 0o600 });
    } finally {
      process.umask(umask);
    }
    expect((await stat(file)).mode & 0o7777).toBe(0o644);
    expect((await stat(`${file}2`)).mode & 0o7777).toBe(0o600);
    expect([...(await readFile(`${file}2`))]).toEqual([0, 255]);
    expect((await readdir(directory)).sort()).toEqual(['file', 'file2']);
  });

  it('keeps the mode of an existing file, but never a setuid bit', async () => {
    await writeFile(file, 'old');
    await chmod(file, 0o4751);
    await writeFileAtomic(file, 'new');
    expect((await stat(file)).mode & 0o7777).toBe(0o751);
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('replaces the file: an open one goes on showing the old content', async () => {
    await writeFile(file, 'old');
    const before = await stat(file);
    await writeFileAtomic(file, 'new');
    expect((await stat(file)).ino).not.toBe(before.ino);
  });

  it.runIf(asRoot)('keeps the owner of an existing file unless another is given', async () => {
    await writeFile(file, 'old');
    await chown(file, BOB, EVE);
    await writeFileAtomic(file, 'new');
    expect(await stat(file)).toMatchObject({ uid: BOB, gid: EVE });
    await writeFileAtomic(file, 'new', { uid: EVE });
    expect(await stat(file)).toMatchObject({ uid: EVE, gid: EVE });
  });

  it.runIf(asRoot)('refuses to change the owner where it cannot be kept', async () => {
    await chmod(directory, 0o777);
    await writeFile(file, 'old');
    process.seteuid?.(BOB);
    try {
      await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({
        code: 'owner-not-kept',
        exitCode: EXIT.refused,
      });
    } finally {
      process.seteuid?.(0);
    }
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['file']);
  });

  it('refuses what is no file', async () => {
    await mkdir(file);
    await expect(writeFileAtomic(file, 'x')).rejects.toMatchObject({ code: 'not-a-file' });
    await expect(writeFileAtomic(join(directory, 'none/x'), 'x')).rejects.toMatchObject({
      code: 'write-failed',
    });
    expect(await readdir(directory)).toEqual(['file']);
  });

  it.runIf(asRoot)(
    'says what to do where the directory may not be written to, and changes nothing',
    async () => {
      await chmod(directory, 0o755);
      await writeFile(file, 'old');
      process.seteuid?.(BOB);
      try {
        await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({
          code: 'write-failed',
          exitCode: EXIT.failed,
          message: expect.stringMatching(/EACCES.* It is as it was\./),
          suggestions: [expect.stringContaining('sudo')],
        });
      } finally {
        process.seteuid?.(0);
      }
      expect(await readFile(file, 'utf8')).toBe('old');
    },
  );

  it.runIf(process.platform === 'linux')(
    'leaves the old file where there is no space for the new one',
    async () => {
      // A limit on the size of files stands for a full disk.
      const writer = new URL('atomic-writer.ts', import.meta.url).pathname;
      const script = 'ulimit -f 8; exec "$0" --import tsx "$1" "$2"';
      await writeFile(file, 'old');
      const child = spawn('sh', ['-c', script, process.execPath, writer, file]);
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += String(chunk);
      });
      await once(child, 'close');
      expect(stderr).toMatch(/could not be written \(EFBIG: .*It is as it was/);
      expect(await readdir(directory)).toEqual(['file']);
      expect(await readFile(file, 'utf8')).toBe('old');
    },
  );

  it('writes through a symlink whose target lies with the same owner', async () => {
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, 'sub/real'), 'old');
    await symlink('sub/real', file);
    await writeFileAtomic(file, 'new');
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(directory, 'sub/real'), 'utf8')).toBe('new');
  });

  it('refuses a symlink that leads nowhere or round in a circle', async () => {
    await symlink('nowhere', file);
    await expect(writeFileAtomic(file, 'x')).rejects.toMatchObject({ code: 'symlink-refused' });
    await symlink('loop', join(directory, 'loop'));
    await expect(writeFileAtomic(join(directory, 'loop'), 'x')).rejects.toMatchObject({
      code: 'symlink-refused',
    });
    expect((await readdir(directory)).sort()).toEqual(['file', 'loop']);
  });

  it.runIf(asRoot)("refuses a symlink from a user's directory into another's, both ways", async () => {
    const [bob, root] = [join(directory, 'bob'), join(directory, 'root')];
    await mkdir(bob);
    await mkdir(root);
    await chown(bob, BOB, BOB);
    await writeFile(join(bob, 'real'), 'old');
    await writeFile(join(root, 'real'), 'old');
    await symlink('../root/real', join(bob, 'link'));
    await symlink('../bob/real', join(root, 'link'));
    for (const link of [join(bob, 'link'), join(root, 'link')]) {
      await expect(writeFileAtomic(link, 'new')).rejects.toMatchObject({
        code: 'symlink-refused',
        exitCode: EXIT.refused,
      });
    }
    expect(await readFile(join(root, 'real'), 'utf8')).toBe('old');
    expect(await readFile(join(bob, 'real'), 'utf8')).toBe('old');
  });

  it.runIf(asRoot)("refuses a user's symlink in a directory of root's that others can write to", async () => {
    const [open, root] = [join(directory, 'open'), join(directory, 'root')];
    await mkdir(open);
    await mkdir(root);
    await writeFile(join(root, 'real'), 'old');
    await symlink('../root/real', join(open, 'link'));
    await symlink('root', join(directory, 'way'));
    for (const link of [join(open, 'link'), join(directory, 'way')]) await lchown(link, EVE, EVE);
    for (const path of [join(open, 'link'), join(directory, 'way/real')]) {
      // One that leads to the user's own would do; this is root's.
      await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({ code: 'symlink-refused' });
    }
    expect(await readFile(join(root, 'real'), 'utf8')).toBe('old');
  });

  it.runIf(process.platform === 'linux')(
    'stays in the directory it has opened when that is moved away',
    async () => {
      const inside = join(directory, 'a');
      await mkdir(inside);
      const writing = writeFileAtomic(join(inside, 'x'), 'y'.repeat(20_000_000));
      while ((await readdir(inside)).length === 0) await sleep(1);
      await rename(inside, join(directory, 'b'));
      await mkdir(inside);
      await writing;
      expect(await readdir(inside)).toEqual([]);
      expect(await readdir(join(directory, 'b'))).toEqual(['x']);
    },
  );

  it('never shows anything but one whole content, also to a reader and after SIGKILL', async () => {
    await writeFile(file, 'b'.repeat(10), { mode: 0o640 });
    await chmod(file, 0o640);
    const seen = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const child = startWriter(file);
      await once(child.stdout, 'data');
      const until = performance.now() + Math.random() * 60;
      while (performance.now() < until) seen.add(summary(await readFile(file, 'utf8')));
      child.kill('SIGKILL');
      await once(child, 'exit');
      seen.add(summary(await readFile(file, 'utf8')));
      expect((await stat(file)).mode & 0o777).toBe(0o640);
    }
    expect([...seen].filter((content) => !['a×2000000', 'b×10'].includes(content))).toEqual([]);
    // What a kill may leave is a hidden file, never taken for the real one and in nobody's way.
    for (const name of await readdir(directory))
      expect(name).toMatch(/^file$|^\.file\.[0-9a-f]{12}\.bench-tmp$/);
  });
});

function summary(content: string): string {
  return new Set(content).size > 1 ? 'a mixture' : `${content[0] ?? 'nothing '}×${content.length}`;
}

describe('readFileCarefully', () => {
  it('reads what is there, and says where there is nothing', async () => {
    await writeFile(file, 'text');
    expect(String(await readFileCarefully(file))).toBe('text');
    expect(await readFileCarefully(`${file}2`)).toBeUndefined();
  });

  it('waits for no FIFO', async () => {
    execFileSync('mkfifo', [file]);
    await expect(readFileCarefully(file)).rejects.toMatchObject({
      code: 'not-a-file',
      exitCode: EXIT.refused,
    });
  });

  it.runIf(asRoot)("reads nothing of root's for the owner of a directory", async () => {
    const bob = join(directory, 'bob');
    await mkdir(bob);
    await chown(bob, BOB, BOB);
    await writeFile(file, 'secret');
    await symlink('../file', join(bob, 'symlink'));
    await link(file, join(bob, 'hard'));
    await expect(readFileCarefully(join(bob, 'symlink'))).rejects.toMatchObject({ code: 'symlink-refused' });
    await expect(readFileCarefully(join(bob, 'hard'))).rejects.toMatchObject({ code: 'not-a-file' });
  });
});

describe('setAside', () => {
  it('moves the symlink itself, and tells where there is nothing', async () => {
    await symlink('/nowhere', file);
    expect(await setAside(file, 'aside')).toBe(true);
    expect((await lstat(join(directory, 'aside'))).isSymbolicLink()).toBe(true);
    expect(await setAside(file, 'aside')).toBe(false);
  });
});
