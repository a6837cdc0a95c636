import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultsOfRooms, roomsIn, tooLong } from './house.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Every source in a folder, by its path below that. */
function sourcesIn(folder: string): Map<string, string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file): [string, string] => [file, read(join(folder, file))]);
  return new Map(files);
}

describe('the house', () => {
  const rooms = roomsIn(read('docs/architecture.md'));

  it('is as docs/architecture.md draws it: no import runs up, or past a face', () => {
    expect(rooms.length).toBeGreaterThan(12);
    expect(faultsOfRooms(rooms, sourcesIn('src'))).toEqual([]);
  });

  it.each(['src', 'guest', 'prove', 'scripts'])('has no file above 300 lines in %s', (folder) => {
    expect(tooLong(sourcesIn(folder))).toEqual([]);
  });
});

describe('a house that is not as it is drawn', () => {
  const rooms = roomsIn(`
| where | face | what |
| --- | --- | --- |
| \`src/run.ts\` | | starts it |
| \`src/attic/\` | \`attic.ts\` | |
| \`src/floor/\` | \`floor.ts\` | |
| \`src/shelf/\` | shelf | |
`);
  const good = {
    'run.ts': "import { a } from './attic/attic.js';",
    'attic/attic.ts': "export { a } from './inside.js';",
    'attic/inside.ts': "import * as Floor from '../floor/floor.js';",
    'floor/floor.ts': "export { b } from './late.js';",
    'floor/late.ts': "const c = await import('../shelf/c.js');",
    'shelf/c.ts': '',
  };

  it('is not found where all is well', () => {
    expect(faultsOfRooms(rooms, new Map(Object.entries(good)))).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'an import that runs up',
      { 'floor/late.ts': "import type { A } from '../attic/attic.js';" },
      'floor/late.ts imports attic/attic.ts, which stands above it',
    ],
    [
      'a late import that runs up',
      { 'shelf/c.ts': "const floor = await import('../floor/floor.js');" },
      'shelf/c.ts imports floor/floor.ts, which stands above it',
    ],
    [
      'an import past a face',
      { 'run.ts': "import {\n  a,\n} from './attic/inside.js';" },
      'run.ts imports attic/inside.ts past the face attic/attic.ts',
    ],
    [
      'a face that holds something',
      { 'attic/attic.ts': "export { a } from './inside.js';\nexport const b = 1;" },
      'attic/attic.ts is a face, and holds more than what it hands on',
    ],
    ['a folder without a row', { 'cellar/wine.ts': '' }, 'cellar/wine.ts is in no row'],
    ['a file beside the folders without a row', { 'door.ts': '' }, 'door.ts is in no row'],
  ])('%s', (_, changed, fault) => {
    expect(faultsOfRooms(rooms, new Map(Object.entries({ ...good, ...changed })))).toEqual([fault]);
  });

  it('a row without a folder, and a face that is not there', () => {
    const { 'shelf/c.ts': _, 'floor/late.ts': __, 'floor/floor.ts': ___, ...rest } = good;
    const left = { ...rest, 'attic/inside.ts': '', 'floor/other.ts': '' };
    expect(faultsOfRooms(rooms, new Map(Object.entries(left)))).toEqual([
      'shelf/ has a row, and is not there',
      'floor/floor.ts should be a face, and is not there',
    ]);
  });

  it('a file of 301 lines', () => {
    expect(
      tooLong(
        new Map([
          ['long.ts', 'x\n'.repeat(301)],
          ['fits.ts', 'x\n'.repeat(300)],
        ]),
      ),
    ).toEqual(['long.ts has 301 lines']);
  });
});
