import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDisk, planDisks } from '../../../guest/disks.js';
import { parseMirror, whyNotHere } from '../../../guest/host.js';
import { formatElapsed } from '../../../guest/progress.js';
import { qemuArguments } from '../../../guest/qemu/process.js';
import { recipe, recipeHash } from '../../../guest/recipe.js';
import { quote } from '../../../guest/ssh.js';

describe('disks', () => {
  test.each([
    ['20G', { size: '20G' }],
    ['20G:disk-a', { size: '20G', serial: 'disk-a' }],
    ['9G:ro:ext4', { size: '9G', readOnly: true, format: 'ext4' }],
    ['9G:x:ext4:ro', { size: '9G', serial: 'x', readOnly: true, format: 'ext4' }],
  ])('%s', (text, spec) => expect(parseDisk(text)).toEqual(spec));

  test.each(['', '20', '0G', '20GB', '-1G', '20G:a:b', '20G:with blank', '20G:123456789012345678901'])(
    'refuses %j',
    (text) => expect(() => parseDisk(text)).toThrow(/disk/),
  );

  test('keep their order, take one place each and are named by serial or place', () => {
    const first = planDisks([{ size: '1G', serial: 'a' }, { size: '1G' }], '/run');
    const more = planDisks([{ size: '1G', serial: 'a' }], '/run', first);
    expect([...first, ...more].map(({ name, place }) => [name, place])).toEqual([
      ['a', 1],
      ['disk2', 2],
      ['a.3', 3],
    ]);
  });

  test('more than there are letters for are refused', () => {
    const many = Array.from({ length: 26 }, () => ({ size: '1G' }));
    expect(() => planDisks(many, '/run')).toThrow('at most 25');
  });
});

describe('the recipe', () => {
  test('its hash changes with its data and its scripts, and with nothing else', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'recipe-'));
    try {
      const script = path.join(dir, 'script');
      writeFileSync(script, 'script');
      const hash = recipeHash(recipe, [script]);
      expect(hash).toMatch(/^[0-9a-f]{16}$/);
      expect(recipeHash(structuredClone(recipe), [script])).toBe(hash);
      expect(recipeHash({ ...recipe, rootSize: '1G' }, [script])).not.toBe(hash);
      writeFileSync(script, 'other script');
      expect(recipeHash(recipe, [script])).not.toBe(hash);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the host', () => {
  const good = { platform: 'linux', arch: 'x64', root: true, hasApt: true, missing: [] };

  test('nothing in the way', () => {
    expect(whyNotHere(good)).toBeUndefined();
    expect(whyNotHere({ ...good, missing: ['mmdebstrap'] })).toBeUndefined();
    expect(whyNotHere({ ...good, hasApt: false })).toBeUndefined();
  });

  test.each([
    ['darwin', { ...good, platform: 'darwin' }, 'this is darwin'],
    ['arm', { ...good, arch: 'arm64' }, 'on arm64'],
    ['not root', { ...good, root: false }, 'sudo'],
    ['no apt', { ...good, hasApt: false, missing: ['mmdebstrap', 'e2fsprogs'] }, 'mmdebstrap, e2fsprogs'],
  ])('%s: one message that says what to do', (_, facts, part) => expect(whyNotHere(facts)).toContain(part));

  test.each([
    ['Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm', 'http://mirror.example/debian'],
    ['deb [signed-by=/k.gpg] https://mirror.example/debian/ trixie main', 'https://mirror.example/debian'],
    ['deb http://archive.example/ubuntu noble main', undefined],
    ['URIs: http://deb.debian.org/debian-security', undefined],
    ['# deb http://old.example/debian trixie main', undefined],
  ])('the mirror in %j', (sources, mirror) => expect(parseMirror(sources)).toBe(mirror));
});

test('quoting survives everything a shell would read', () => {
  expect(quote('plain-1.2/3')).toBe('plain-1.2/3');
  expect(quote('')).toBe("''");
  expect(quote("it's $HOME; `x` \n*")).toBe("'it'\\''s $HOME; `x` \n*'");
});

test('elapsed time', () => {
  expect([0, 9_999, 61_000, 3_600_000].map(formatElapsed)).toEqual(['0:00', '0:09', '1:01', '60:00']);
});

test('a machine that resumes has the hardware of the one that was saved, whatever its disks', () => {
  const common = { image: '/i', runtime: '/r', memoryMiB: 4096, hold: [], accelerator: 'tcg' } as const;
  const saved = qemuArguments({ ...common, disks: [] }, 1);
  const resumed = qemuArguments({ ...common, disks: [], incoming: '/memory' }, 1);
  expect(resumed).toEqual([...saved, '-incoming', 'file:/memory']);
  const booted = qemuArguments({ ...common, disks: planDisks([{ size: '1G', serial: 's' }], '/r') }, 1);
  expect(booted.join(' ')).toContain('"serial":"s"');
});
