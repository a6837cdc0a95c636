import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utcStamp } from '../../../src/bench/tag.js';
import {
  editMaintenance,
  readMaintenance,
  readMaintenanceIfValid,
  writeMaintenance,
} from '../../../src/snapshot/maintenance.js';

let bench: string;
beforeEach(async () => {
  bench = await mkdtemp(join(tmpdir(), 'bench-test-'));
  await mkdir(join(bench, 'sites'));
});
afterEach(() => rm(bench, { recursive: true }));
const file = () => join(bench, 'sites/common_site_config.json');

describe('maintenance mode', () => {
  test.each([
    ['{\n "maintenance_mode": 0,\n "redis":  "x"\n}\n', '{\n "maintenance_mode": 1,\n "redis":  "x"\n}\n'],
    ['{"a": [1, {"b": 2}], "maintenance_mode":false}', '{"a": [1, {"b": 2}], "maintenance_mode":1}'],
    ['{"a": 1}', '{\n "maintenance_mode": 1,"a": 1}'],
    ['{}', '{\n "maintenance_mode": 1\n}'],
  ])('changes one value of %j and nothing else', async (before, after) => {
    await writeFile(file(), before);
    await writeMaintenance(bench, 1);
    expect(await readFile(file(), 'utf8')).toBe(after);
    expect(await readMaintenance(bench)).toBe(1);
  });

  test.each(['{"a": 1, "maintenance_mode": 1}', '{"maintenance_mode": 1, "a": 1}'])(
    'takes the key away again: %j',
    (text) => {
      expect(JSON.parse(editMaintenance(text, null))).toEqual({ a: 1 });
    },
  );

  test('what it has inserted it takes away to the byte', () => {
    const text = '{"a": 1, "b":\n{}}\n';
    expect(editMaintenance(editMaintenance(text, 1), null)).toBe(text);
  });

  test('without a file there is no site to close', async () => {
    await writeMaintenance(bench, 1);
    expect(await readMaintenance(bench)).toBeNull();
  });

  test.each(['{', '[]', '{"nested": {"maintenance_mode": 0}, "maintenance_mode": 0}'])(
    'leaves alone what cannot be edited safely: %j',
    async (text) => {
      await writeFile(file(), text);
      await expect(writeMaintenance(bench, 1)).rejects.toMatchObject({
        code: expect.stringMatching(/^site-config-/),
      });
      expect(await readFile(file(), 'utf8')).toBe(text);
    },
  );

  test('before a restore: what the snapshot holds will do where the file is damaged or gone', async () => {
    expect(await readMaintenanceIfValid(bench)).toBe('snapshot');
    await rm(join(bench, 'sites'), { recursive: true });
    expect(await readMaintenanceIfValid(bench)).toBe('snapshot');
    await mkdir(join(bench, 'sites'));
    await writeFile(file(), '{');
    expect(await readMaintenanceIfValid(bench)).toBe('snapshot');
    await writeFile(file(), '{"a": 1}');
    expect(await readMaintenanceIfValid(bench)).toBe(null);
    await writeFile(file(), '{"maintenance_mode": true}');
    expect(await readMaintenanceIfValid(bench)).toBe(true);
  });

  test('leaves alone what is no UTF-8: written as text, its other bytes would be lost', async () => {
    const latin1 = Buffer.from('{"title": "M\u00fcller"}', 'latin1');
    await writeFile(file(), latin1);
    await expect(writeMaintenance(bench, 1)).rejects.toMatchObject({ code: 'site-config-invalid' });
    expect(await readFile(file())).toEqual(latin1);
  });
});

test('tags are UTC, whatever the time zone', () => {
  expect(utcStamp(new Date('2025-05-28T14:00:00.999Z'))).toBe('20250528-140000');
});
