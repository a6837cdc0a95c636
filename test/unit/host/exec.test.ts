import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, HostRunner } from '../../../src/host/exec.js';

const runner = new HostRunner(true);
const sh = (script: string, pipedFrom?: Command): Command => ({
  argv: ['sh', '-c', script],
  ...(pipedFrom === undefined ? {} : { pipedFrom }),
});

describe('a program that is only asked', () => {
  test('answers in letters that come in pieces, and reads nothing', async () => {
    const { stdout, stderr } = await runner.run(
      sh("cat; printf 'caf\\303'; sleep 0.1; printf '\\251'; echo aside >&2"),
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'café', stderr: 'aside\n' });
  });

  test('fails with its exit code, and what it said', async () => {
    await expect(runner.run(sh('echo half; echo no >&2; exit 3'))).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('failed with exit code 3'),
      stderr: 'no\n',
      result: { stdout: 'half\n', exitCode: 3 },
    });
    expect(await runner.run({ ...sh('exit 3'), okExitCodes: [0, 3] })).toMatchObject({ exitCode: 3 });
  });

  test('is ended where it does not end', async () => {
    await expect(runner.run({ ...sh('exec sleep 60'), timeoutMs: 100 })).rejects.toMatchObject({
      message: expect.stringContaining('did not finish within 0.1 s'),
    });
  });

  test('that a signal ends is told so', async () => {
    await expect(runner.run(sh('kill -9 $$'))).rejects.toMatchObject({
      message: expect.stringContaining('was ended by SIGKILL'),
    });
  });

  test('is not there, may not be run, or cannot be given its argument', async () => {
    const failing = (argv: Command['argv']) => expect(runner.run({ argv })).rejects;
    await failing(['bench-no-such-program']).toMatchObject({ code: 'command-not-found' });
    await failing(['/etc/passwd']).toMatchObject({ message: expect.stringContaining('could not be run') });
    await failing(['echo', 'a\0b']).toMatchObject({ message: expect.stringContaining('could not be run') });
  });
});

describe('a pipe', () => {
  test('carries everything, and holds little of it', async () => {
    const before = process.memoryUsage().rss;
    const { stdout } = await runner.run(sh('wc -c', sh('head -c 300000000 /dev/zero')));
    expect(stdout.trim()).toBe('300000000');
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  test('fails with what feeds it, whatever was made of a part', async () => {
    await expect(runner.run(sh('cat', sh('echo half; echo no >&2; exit 3')))).rejects.toMatchObject({
      stderr: 'no\n',
      result: { exitCode: 3 },
    });
  });

  test('fails with what takes it in, and not with that this was noticed', async () => {
    const yes = sh('yes');
    await expect(runner.run(sh('head -n 1; echo full >&2; exit 4', yes))).rejects.toMatchObject({
      stderr: 'full\n',
      result: { exitCode: 4 },
    });
  });

  test('a program that is not there, on either side', async () => {
    const missing: Command = { argv: ['bench-no-such-program'] };
    await expect(runner.run({ ...missing, pipedFrom: sh('yes') })).rejects.toMatchObject({
      code: 'command-not-found',
    });
    await expect(runner.run(sh('cat', missing))).rejects.toMatchObject({ code: 'command-not-found' });
  });
});

describe('output that is read piece by piece', () => {
  test('is whole, however late somebody begins to read it', async () => {
    let seen = '';
    await runner.run({
      ...sh('echo beginning; sleep 0.3; echo end'),
      consume: async (output) => {
        await sleep(200);
        for await (const chunk of output) seen += Buffer.from(chunk).toString();
      },
    });
    expect(seen).toBe('beginning\nend\n');
  });
});

describe('output to a file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'exec-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('goes there, and not into memory', async () => {
    const file = await open(join(directory, 'out'), 'wx');
    const { stdout } = await runner.run({ ...sh('echo there'), outputFd: file.fd });
    await file.close();
    expect(stdout).toBe('');
    expect(await readFile(join(directory, 'out'), 'utf8')).toBe('there\n');
  });
});
