import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BenchError } from '../../../src/errors.js';
import { HostRunner } from '../../../src/host/exec.js';
import { lookAtFile, lookIntoArchive, requireFile } from '../../../src/volumes/look-at-file.js';
import { fixture } from '../support/fixture.js';

let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-look-'));
  for (const name of ['plain', 'backing', 'external'])
    writeFileSync(at(`${name}.qcow2`), Buffer.from(fixture(`images/${name}.qcow2.hex`).trim(), 'hex'));
  writeFileSync(at('text'), 'some text\n');
  writeFileSync(at('empty'), '');
  writeFileSync(at('other.vmdk'), 'KDMV and so on');
  symlinkSync('plain.qcow2', at('link'));
  const disk = Buffer.alloc(4096);
  disk.writeUInt16BE(0x55aa, 510);
  writeFileSync(at('disk.raw'), disk);
  truncateSync(at('disk.raw'), 1_000_000);
  const tar = (...args: string[]) => execFileSync('tar', ['-C', directory, ...args]);
  tar('-czf', at('good.tar.gz'), 'text', 'empty');
  tar('-cPf', at('absolute.tar'), at('text'));
  writeFileSync(at('not-tar.gz'), execFileSync('gzip', ['-c', at('disk.raw')]));
  writeFileSync(
    at('cut.tar'),
    execFileSync('tar', ['-C', directory, '-cf', '-', 'disk.raw']).subarray(0, 5000),
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'taken',
    (error: unknown) => (error instanceof BenchError ? `${error.exitCode} ${error.code}` : String(error)),
  );

test('a file is what its content says', async () => {
  expect(await lookAtFile(at('plain.qcow2'), undefined)).toMatchObject({ kind: 'block', format: 'qcow2' });
  expect(await lookAtFile(at('link'), 'block')).toMatchObject({ kind: 'block', format: 'qcow2' });
  expect(await lookAtFile(at('disk.raw'), undefined)).toMatchObject({
    format: 'raw',
    virtualBytes: 1_000_000,
  });
  expect(await lookAtFile(at('text'), 'block')).toMatchObject({ format: 'raw', virtualBytes: 10 });
  expect(await lookAtFile(at('good.tar.gz'), undefined)).toMatchObject({ compression: 'gzip' });
});

test.each([
  ['backing.qcow2', undefined, '3 image-refused'],
  ['external.qcow2', 'block', '3 image-refused'],
  ['other.vmdk', undefined, '3 image-unknown'],
  ['other.vmdk', 'block', '3 image-unknown'],
  ['text', undefined, '2 type-unknown'],
  ['text', 'filesystem', '2 type-unknown'],
  ['empty', 'block', '2 type-unknown'],
  ['good.tar.gz', 'block', '2 wrong-usage'],
  ['plain.qcow2', 'filesystem', '2 wrong-usage'],
  ['none', undefined, '2 file-missing'],
  ['.', undefined, '3 not-a-file'],
] as const)('%s as %s: %s', async (name, kind, code) => {
  expect(await codeOf(lookAtFile(at(name), kind))).toBe(code);
});

test('an archive is listed by tar itself, and judged', async () => {
  const look = async (name: string) => {
    const found = await lookAtFile(at(name), undefined);
    if (found.kind === 'block') throw new Error('it is no archive');
    return lookIntoArchive(new HostRunner(), found);
  };
  expect(await look('good.tar.gz')).toMatchObject({ members: 2, refused: [] });
  expect(await codeOf(look('absolute.tar'))).toBe('3 archive-refused');
  expect(await codeOf(look('not-tar.gz'))).toBe('3 archive-unreadable');
  expect(await codeOf(look('cut.tar'))).toBe('3 archive-unreadable');
});

test('a path with a control character is none', () => {
  for (const path of ['', 'a\nb', 'a\0', '\u001b[2J'])
    expect(() => requireFile(path), path).toThrow(/Nothing was/);
  expect(requireFile('/a/../b')).toBe('/b');
});
