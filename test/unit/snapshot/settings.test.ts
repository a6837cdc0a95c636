import { lstat, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { keepSettings, scheduleSettings } from '../../../src/snapshot/settings.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

const IN_FORCE = '[bench]\nname = "shop"\n[volume]\npool = "tank"\n';
const settings = { 'volume.dataset.quota': '9G' };

/** What the bench.toml of a snapshot becomes, where the bench lives in `tank/shop`. */
async function kept(restored: string | undefined, inForce = IN_FORCE) {
  const file = join(directory, 'bench.toml');
  if (restored !== undefined) await writeFile(file, restored);
  await writeFile(join(directory, 'now.toml'), IN_FORCE);
  const { volume, volumes } = await loadConfig(join(directory, 'now.toml'));
  const note = await keepSettings(
    { file, volume, volumes },
    { settings, tag: 'old', configText: inForce === '' ? undefined : inForce },
  );
  return { note, text: await readFile(file, 'utf8'), file };
}

test('the settings in force go into the older bench.toml, and the dataset where it has moved', async () => {
  const older = '# mine\n[bench]\nname = "shop"\n[volume]\npool = "other"\n[volume.dataset]\nquota = "5G"\n';
  const { note, text, file } = await kept(older);
  expect(note).toBeUndefined();
  expect(text).toContain('# mine\n');
  expect(text).toContain('quota = "9G"');
  expect((await loadConfig(file)).volume.dataset).toBe('tank/shop');
});

test('the volumes that the bench has now are said, whatever it had then', async () => {
  const older =
    '[bench]\nname = "shop"\n\n[[volumes]]\nname = "gone"\npath = "a"\n\n[[volumes]]\nname = "moved"\npath = "b" # x\n';
  const now = `${IN_FORCE}\n[[volumes]]\nname = "moved"\npath = "c"\nmode = "ro"\n\n[[volumes]]\nname = "new"\npath = "d"\nsize = "2G"\n`;
  const file = join(directory, 'bench.toml');
  await writeFile(file, older);
  await writeFile(join(directory, 'now.toml'), now);
  const { volume, volumes } = await loadConfig(join(directory, 'now.toml'));
  await keepSettings({ file, volume, volumes }, { settings, tag: 'old', configText: now });
  expect((await loadConfig(file)).volumes).toEqual(volumes);
});

test.each([
  ['another schema', '[bench]\nname = "shop"\nschema = 7\n'],
  ['damage', '[bench\n'],
])('one that is not valid (%s) is set aside for the one in force', async (_, restored) => {
  await writeFile(join(directory, 'bench.toml'), restored, { mode: 0o640 });
  const { note, text, file } = await kept(restored);
  expect(note).toContain(`${file}.old`);
  expect((await lstat(file)).mode & 0o777).toBe(0o640);
  expect(await readFile(`${file}.old`, 'utf8')).toBe(restored);
  expect(text).toContain('pool = "tank"');
  expect(text).toContain('quota = "9G"');
});

test('so does one that is missing; and with nothing in its place it is an error', async () => {
  expect((await kept(undefined)).note).toContain('holds no bench.toml');
  await expect(kept('[bench\n', '')).rejects.toMatchObject({ code: 'config-invalid' });
});

test('a symlink in place of bench.toml is set aside unread, whatever it leads to', async () => {
  const file = join(directory, 'bench.toml');
  await writeFile(join(directory, 'secret'), 'secret');
  await symlink('secret', file);
  const { text } = await kept(undefined);
  expect(text).toContain('pool = "tank"');
  expect((await lstat(`${file}.old`)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(directory, 'secret'), 'utf8')).toBe('secret');
});

const loaded = async (text: string) => {
  const file = join(directory, 'some.toml');
  await writeFile(file, text);
  return loadConfig(file);
};
const BENCH = '[bench]\nname = "shop"\n';

test.each([
  ['none', ''],
  ['rules', '[schedule]\nsnapshot = "hourly"\nkeep = { hourly = 24, last = 3 }\n'],
  ['days', '[schedule]\nsnapshot = "0 4 * * *"\nkeep_days = 7\nprune = false\n'],
  ['no rules', '[schedule]\nsnapshot = "daily"\n'],
])('the schedule in force (%s) wins over that of any older bench.toml', async (_, now) => {
  const { schedule } = await loaded(BENCH + now);
  for (const older of [
    '',
    '[schedule]\nsnapshot = "weekly"\nkeep = { weekly = 5, yearly = 1 }\n',
    '[schedule]\nsnapshot = "monthly"\nkeep_days = 9\nprune = true\n',
    '[schedule]\nsnapshot = "monthly"\n[schedule.keep]\ndaily = 1\n',
  ]) {
    const file = join(directory, 'bench.toml');
    await writeFile(file, BENCH + older);
    const { volume } = await loadConfig(file);
    const note = await keepSettings(
      { file, volume, volumes: [] },
      {
        settings: scheduleSettings({ ...(schedule === undefined ? {} : { schedule }) }),
        tag: 'old',
        configText: undefined,
      },
    );
    expect(note).toBeUndefined();
    expect((await loadConfig(file)).schedule).toEqual(schedule);
  }
});
