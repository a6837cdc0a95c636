import { expect, test } from 'vitest';
import { commandsFor } from '../../../src/steps/steps.js';
import { type ImportRequest, planImport } from '../../../src/volumes/import.js';
import type { Found } from '../../../src/volumes/look-at-file.js';
import { pool } from './registry.js';

const MIB = 1024 ** 2;
const source = {
  file: '/srv/in/file',
  stamp: { dev: '1', ino: '2', sizeBytes: 5, modifiedNs: '3', changedNs: '4' },
};
const image: Found = { source, kind: 'block', format: 'qcow2', virtualBytes: 10 * MIB + 512 };
const archive: Found = { source, kind: 'filesystem', compression: 'zstd' };
const request: ImportRequest = {
  ...{ file: '/srv/in/file', name: 'new', description: '', labels: {}, pool: undefined, reserve: false },
  ...{ kind: undefined, sizeBytes: undefined, asItIs: false, owner: undefined },
};
const ROOT = { uid: 0, gid: 0 };
const content = (contentBytes: number) => ({ members: 3, contentBytes, refused: [], refusedCount: 0 });
const plan = (found: Found, more: Partial<ImportRequest> = {}, bytes = 0, owner = ROOT) =>
  planImport(
    { ...request, ...more },
    found,
    found.kind === 'block' ? undefined : content(bytes),
    owner,
    'abc',
    'tank',
    { registry: pool(), limits: {} },
  );
const kinds = ({ begin, content: middle, end }: ReturnType<typeof plan>) =>
  [begin, middle, end].map((steps) => steps.map(({ kind }) => kind));

test('an image goes onto a zvol of its size in whole blocks, and is complete at the end only', () => {
  const made = plan(image);
  expect(kinds(made)).toEqual([
    ['filesystem.create', 'zvol.create', 'device.wait'],
    ['image.import', 'ext4.adopt'],
    ['volume.complete'],
  ]);
  expect(made.begin).toContainEqual(
    expect.objectContaining({
      zvol: 'tank/_volumes/new',
      sizeBytes: 10 * MIB + 16384,
      properties: expect.objectContaining({ 'bench:made': 'import' }),
    }),
  );
  expect(kinds(plan(image, { asItIs: true }))[1]).toEqual(['image.import']);
});

test('an archive goes into a filesystem with some room, for the user that was named', () => {
  const made = plan(archive, {}, 100 * MIB, { uid: 1000, gid: 1001 });
  expect(kinds(made)[1]).toEqual(['archive.unpack']);
  expect(made.begin).toContainEqual(
    expect.objectContaining({ properties: expect.objectContaining({ quota: String(125 * MIB) }) }),
  );
  expect(made.content.flatMap(commandsFor).map(({ argv }) => argv.slice(0, 5))).toContainEqual([
    'chown',
    '--recursive',
    '--no-dereference',
    '-P',
    '1000:1001',
  ]);
  expect(made.notes).toEqual([]);
  expect(plan(archive, {}, 0).notes).toEqual([expect.stringContaining('belongs to root')]);
});

test('what comes in has to fit', () => {
  expect(() => plan(image, { sizeBytes: 10 * MIB })).toThrow(
    '/srv/in/file is a qcow2 image that takes 10M: a volume new of 10M cannot hold it. Nothing was changed.',
  );
  expect(() => plan(archive, { sizeBytes: 20 * MIB }, 21 * MIB)).toThrow(/cannot hold it/);
  expect(plan(archive, { sizeBytes: 21 * MIB }, 21 * MIB).bytes).toBe(21 * MIB);
});

test('the programs get an opened file, never a path that somebody could change', () => {
  for (const found of [image, archive])
    for (const { argv } of plan(found, {}, 5).content.flatMap(commandsFor))
      expect(argv.join(' ')).not.toContain('/srv/in');
});
