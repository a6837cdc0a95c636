import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keepsMount, processesOn } from '../../../src/host/open-files.js';

const line = (optional: string, source = 'bench-pool/shop') =>
  `36 35 0:51 / /bench-pool/shop rw,relatime${optional} - zfs ${source} rw,xattr`;

describe('a mount in another mount namespace', () => {
  test.each([
    ['of its own', line(''), true],
    ['that follows ours', line(' master:7'), false],
    ['shared with ours', line(' shared:7'), false],
    ['of something else', line('', 'bench-pool/other'), false],
    ['of a snapshot of it', line('', 'bench-pool/shop@good'), true],
    ['beside others', `${line(' master:7')}\n${line('')}\n`, true],
  ])('%s: %j stays: %s', (_, mountinfo, stays) => {
    expect(keepsMount(mountinfo, 'bench-pool/shop')).toBe(stays);
  });
});

test('a process is found by its working directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-test-'));
  const child = spawn('sleep', ['100'], { cwd: directory });
  try {
    await new Promise((started) => child.once('spawn', started));
    const found = (await processesOn([directory])).find(({ pid }) => pid === child.pid);
    expect(found?.pid).toBe(child.pid);
  } finally {
    child.kill();
    await rm(directory, { recursive: true });
  }
});
