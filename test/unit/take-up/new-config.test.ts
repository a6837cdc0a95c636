import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { editText } from '../../../src/config/edit.js';
import { checkConfig } from '../../../src/config/load.js';
import { newConfigText } from '../../../src/config/template.js';
import type { Registry } from '../../../src/registry/list.js';
import type { Attachment, Volume } from '../../../src/registry/volume.js';
import { lostVolumes, takeUpChanges } from '../../../src/take-up/new-config.js';
import { isPristine } from '../../../src/take-up/wanted.js';

async function configOf(text: string, name: string): Promise<BenchConfig> {
  const { config, findings } = await checkConfig(text, `/srv/benches/${name}/bench.toml`, 'linux');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

/** @param kept the bench.toml in the volume @param own that of the bench which takes it up */
async function takenUp(kept: string, own: string, name: string, pool = 'bench-pool'): Promise<string> {
  return editText(kept, takeUpChanges(kept, await configOf(own, name), pool));
}

describe('the bench.toml of a bench that takes up a kept volume', () => {
  const KEPT = `# ours
[bench]
name = "shop" # the shop
python = "3.12"
[mariadb]
port = 3307
[volume.dataset]
quota = "8G"
reservation = "1G"
[[apps]]
name = "shop"
`;

  test('has its own name and port, and every other byte of what was kept', async () => {
    const text = await takenUp(KEPT, newConfigText({ name: 'again', port: 3310 }), 'again');
    expect(text).toBe(KEPT.replace('"shop" #', '"again" #').replace('3307', '3310'));
  });

  test('under the same name is what was kept', async () => {
    expect(await takenUp(KEPT, newConfigText({ name: 'shop', port: 3307 }), 'shop')).toBe(KEPT);
  });

  test('twice is as once', async () => {
    const own = newConfigText({ name: 'again', port: 3310 });
    const once = await takenUp(KEPT, own, 'again');
    expect(await takenUp(once, own, 'again')).toBe(once);
  });

  test('has instance, paths, dataset and sizes as its own one says, also where the kept one says something', async () => {
    const kept = `[bench]
name = "shop"
[mariadb]
instance = "old"
data_dir = "/data/old"
[volume]
pool = "tank"
name = "old-shop"
`;
    const own = `[bench]
name = "again"
[mariadb]
instance = "mine"
port = 3320
socket_path = "/run/mine.sock"
[volume]
pool = "tank"
[volume.dataset]
quota = "9G"
`;
    const config = await configOf(await takenUp(kept, own, 'again', 'tank'), 'again');
    expect(config).toMatchObject({
      name: 'again',
      mariadb: {
        instance: 'mine',
        port: 3320,
        dataDir: '/var/lib/mysql-mine',
        socketPath: '/run/mine.sock',
      },
      volume: { pool: 'tank', dataset: 'tank/again', quotaBytes: 9 * 1024 ** 3 },
    });
  });

  test('of bench new is nothing that is worth to be kept; one that somebody has changed is', async () => {
    const text = newConfigText({ name: 'again', port: 3310 });
    const config = await configOf(text, 'again');
    expect(isPristine(text, config)).toBe(true);
    expect(isPristine(`${text}# mine\n`, config)).toBe(false);
  });
});

describe('volumes that a bench had', () => {
  const volume = (name: string, attachments: Attachment[], shared = false) =>
    ({ role: 'data', name, attachments, shared }) as unknown as Volume;
  const registry = (...volumes: Volume[]): Registry => ({
    volumes,
    pools: [],
    places: new Map(),
    exports: [],
    kept: [],
  });
  const since = '2026-11-30T00:00:00Z';
  const wants = async (mode: string) =>
    configOf(
      `[bench]\nname = "again"\n[[volumes]]\nname = "files"\npath = "files"\nmode = "${mode}"\n`,
      'again',
    );

  test('that nobody has are its again', async () => {
    expect(lostVolumes(await wants('rw'), registry(volume('files', [])))).toEqual([]);
  });

  test('that are gone, or that others have, it does without', async () => {
    expect(lostVolumes(await wants('rw'), registry())).toEqual([
      { name: 'files', because: 'there is none by that name any more' },
    ]);
    const other: Attachment = { bench: 'other', path: 'f', mode: 'ro', since };
    expect(lostVolumes(await wants('rw'), registry(volume('files', [other])))).toEqual([
      { name: 'files', because: 'other has it by now' },
    ]);
    const machine: Attachment = { machine: 'vm', drive: 'vdb', mode: 'rw', since };
    expect(lostVolumes(await wants('ro'), registry(volume('files', [machine])))).toHaveLength(1);
  });

  test('that others read may be read, and those that are shared be written', async () => {
    const other: Attachment = { bench: 'other', path: 'f', mode: 'ro', since };
    expect(lostVolumes(await wants('ro'), registry(volume('files', [other])))).toEqual([]);
    const writer: Attachment = { bench: 'other', path: 'f', mode: 'rw', since };
    expect(lostVolumes(await wants('rw'), registry(volume('files', [writer], true)))).toEqual([]);
  });

  test('that it has already, because it was cut off, are its', async () => {
    const own: Attachment = { bench: 'again', path: 'files', mode: 'rw', since };
    expect(lostVolumes(await wants('rw'), registry(volume('files', [own])))).toEqual([]);
  });
});
