import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../../src/errors.js';
import type { Command, CommandResult, Runner } from '../../../src/host/exec.js';
import { openSource, stampOf } from '../../../src/images/images.js';
import { applySteps, type Step } from '../../../src/steps/steps.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-images-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** In the place of every program: does this with what it is given. */
function programs(work: (command: Command) => void): Runner & { started: Command[] } {
  const started: Command[] = [];
  const run = async (command: Command): Promise<CommandResult> => {
    started.push(command);
    work(command);
    return { argv: command.argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
  };
  return { run, started };
}

describe('an export', () => {
  const step = (): Step => ({
    ...{ kind: 'image.export', device: '/dev/zvol/tank/_exports/e1', format: 'raw' },
    ...{ file: join(directory, 'disk.img'), part: join(directory, '.disk.img.e1.bench-part') },
  });
  const writes = (meanwhile: () => void = () => undefined) =>
    programs(({ inheritFds: [fd = -1] = [] }) => {
      writeSync(fd, 'content');
      meanwhile();
    });

  test('has its name when it is whole, for its owner alone', async () => {
    const seen: string[][] = [];
    await applySteps(
      [step()],
      writes(() => seen.push(readdirSync(directory))),
    );
    expect(seen).toEqual([['.disk.img.e1.bench-part']]);
    expect(readdirSync(directory)).toEqual(['disk.img']);
    expect(readFileSync(join(directory, 'disk.img'), 'utf8')).toBe('content');
    expect(statSync(join(directory, 'disk.img')).mode & 0o777).toBe(0o600);
  });

  test('never takes the place of a file that came into being meanwhile', async () => {
    const runner = writes(() => writeFileSync(join(directory, 'disk.img'), 'of somebody'));
    await expect(applySteps([step()], runner)).rejects.toMatchObject({ code: 'file-exists' });
    expect(readdirSync(directory)).toEqual(['disk.img']);
    expect(readFileSync(join(directory, 'disk.img'), 'utf8')).toBe('of somebody');
  });

  test('that fails leaves nothing', async () => {
    const fails = programs(() => {
      throw new Error('no space');
    });
    await expect(applySteps([step()], fails)).rejects.toThrow('no space');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that was killed: its unfinished file is removed, and one that is gone is no matter', async () => {
    writeFileSync(join(directory, 'part'), 'half');
    const remove: Step = { kind: 'part.remove', path: join(directory, 'part') };
    for (const _ of [1, 2])
      await applySteps(
        [remove],
        programs(() => undefined),
      );
    expect(readdirSync(directory)).toEqual([]);
    await applySteps(
      [{ kind: 'part.remove', path: '/nonexistent/x/part' }],
      programs(() => undefined),
    );
  });
});

describe('an import', () => {
  const step = async (): Promise<Step> => {
    const file = join(directory, 'in.img');
    writeFileSync(file, 'content');
    const handle = await openSource(file);
    const stamp = await stampOf(handle);
    await handle.close();
    return {
      kind: 'image.import',
      source: { file, stamp },
      format: 'raw',
      device: '/dev/zvol/tank/_volumes/x',
    };
  };

  test('gives the opened file to the program as its first descriptor', async () => {
    let read = '';
    const runner = programs(({ argv, inheritFds: [fd = -1] = [] }) => {
      if (argv[0] === 'qemu-img') read = readFileSync(`/proc/self/fd/${fd}`, 'utf8');
    });
    await applySteps([await step()], runner);
    expect(read).toBe('content');
    expect(runner.started.map(({ argv }) => argv[0])).toEqual(['qemu-img', 'sync']);
  });

  test('of a file that was changed since it was judged starts nothing', async () => {
    const changed = await step();
    appendFileSync(join(directory, 'in.img'), ' and more');
    const runner = programs(() => undefined);
    await expect(applySteps([changed], runner)).rejects.toBeInstanceOf(RefusedError);
    expect(runner.started).toEqual([]);
  });

  test('of a file that is changed or replaced while it is read fails', async () => {
    for (const change of [
      () => writeFileSync(join(directory, 'in.img'), 'CONTENT'),
      () => {
        rmSync(join(directory, 'in.img'));
        writeFileSync(join(directory, 'in.img'), 'content');
      },
    ])
      await expect(applySteps([await step()], programs(change))).rejects.toMatchObject({
        code: 'file-changed',
      });
  });
});
