import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { neededMachine } from '../../../guest/choose.js';
import { planDisks } from '../../../guest/disks.js';
import type { GuestRecord } from '../../../guest/runtime.js';
import { parseCores, takeCore } from '../../../guest/uml/cores.js';
import { umlArguments } from '../../../guest/uml/process.js';
import { umlKernelHash } from '../../../guest/uml/recipe.js';
import { wholeCalls } from '../../guest/trace.js';

describe('which machine', () => {
  test.each([
    [{}, undefined, undefined],
    [{}, '', undefined],
    [{}, 'qemu', 'qemu'],
    [{}, 'uml', 'uml'],
    // What a test needs is stronger than what somebody would like.
    [{ machine: 'qemu' }, 'uml', 'qemu'],
    [{ losesUnflushed: true }, 'uml', 'qemu'],
  ] as const)('%j with BENCH_GUEST=%s: %s', (needs, forced, machine) =>
    expect(neededMachine(needs, forced)).toBe(machine),
  );

  test('a word that is none is refused', () =>
    expect(() => neededMachine({}, 'kvm')).toThrow('BENCH_GUEST is "kvm": use uml or qemu'));
});

describe('cores', () => {
  let tmp: string;
  beforeEach(() => {
    tmp = mkdtempSync(path.join(os.tmpdir(), 'cores-'));
    vi.stubEnv('XDG_CACHE_HOME', tmp);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(tmp, { recursive: true });
  });

  test('a list of the kernel', () => {
    expect(parseCores('0-2,5')).toEqual([0, 1, 2, 5]);
    expect(parseCores('7')).toEqual([7]);
  });

  test('each guest gets the core with the fewest guests', () => {
    const taken = Array.from({ length: 5 }, () => takeCore([2, 3]));
    expect(taken.map((core) => core?.number)).toEqual([2, 3, 2, 3, 2]);
    taken[1]?.lock.release();
    const next = takeCore([2, 3]);
    expect(next?.number).toBe(3);
    for (const core of [...taken, next]) core?.lock.release();
  });
});

test('the command line: attached disks by their unit, read-only and serial told', () => {
  const disks = planDisks(
    [{ size: '1G', serial: 's', readOnly: true }, { size: '1G' }, { size: '1G' }],
    '/r',
  );
  for (const [index, disk] of disks.entries()) disk.unit = index + 1;
  if (disks[1]) disks[1].attached = false;
  const record: GuestRecord = {
    ...{ machine: 'uml', label: 'x', image: '/i', memoryMiB: 1024, disks, port: 1, detached: false },
  };
  const words = umlArguments('/r', record);
  expect(words.filter((word) => word.startsWith('ubd'))).toEqual([
    'ubd0t=/r/root.overlay,/i/root.img',
    'ubd1r=/r/disk1.img,,s',
    'ubd3=/r/disk3.img',
  ]);
  expect(words).toContain('mem=1024M');
  expect(words).toContain('sysctl.kernel.io_uring_disabled=2');
});

test('each patch of the kernel says its licence and why it is there', () => {
  const dir = new URL('../../../guest/uml/patches/', import.meta.url);
  const names = readdirSync(dir);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const [licence, , ...rest] = readFileSync(new URL(name, dir), 'utf8').split('\n');
    expect(licence).toBe('SPDX-License-Identifier: GPL-2.0');
    expect(rest.indexOf(rest.find((line) => line.startsWith('--- ')) ?? '')).toBeGreaterThan(3);
  }
  expect(umlKernelHash()).toMatch(/^[0-9a-f]{16}$/);
});

test('a call that strace cut in two is one line again, where it began', () => {
  const trace = [
    '1 execve("/bin/a", ["a"], 0x1 <unfinished ...>',
    '2 write(1, "x", 1) = 1',
    '1 <... execve resumed>) = 0',
    '2 execve("/bin/b", ["b"], 0x1) = 0',
  ].join('\n');
  expect(wholeCalls(trace).split('\n')).toEqual([
    '1 execve("/bin/a", ["a"], 0x1) = 0',
    '2 write(1, "x", 1) = 1',
    '2 execve("/bin/b", ["b"], 0x1) = 0',
  ]);
});
