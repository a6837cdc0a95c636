import { chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolDirectoryObstacle, refusePoolDirectory } from '../../../src/volume-manager/pool-directory.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-pool-directory-'));
  for (const name of ['empty', 'full', 'foreign', 'nested', 'nested/shop']) await mkdir(join(root, name));
  await writeFile(join(root, 'full/file'), '');
  await writeFile(join(root, 'file'), '');
  await symlink(join(root, 'empty'), join(root, 'link'));
});
afterAll(() => rm(root, { recursive: true }));

const obstacle = (path: string, fstab = '', isImported = false) =>
  poolDirectoryObstacle(
    path,
    [{ root: '/', target: join(root, 'mounted'), fstype: 'nfs', source: 'server:/export' }],
    fstab,
    { isImported },
  );

describe('the directory that a pool would be mounted at', () => {
  it.each(['mnt', 'opt', 'srv', 'home', 'usr', 'var', 'lost+found'])('is never /%s', async (name) => {
    expect(await obstacle(`/${name}`)).toBe('is a directory of the system');
  });

  it('may be missing', async () => {
    expect(await obstacle(join(root, 'nothing'))).toBeUndefined();
  });

  it.each([
    ['full', 'exists and is not empty'],
    ['file', 'exists and is no directory'],
    ['link', 'exists and is no directory'],
    ['mounted', 'is a mount point already (nfs server:/export)'],
  ])('is not %s', async (name, why) => {
    expect(await obstacle(join(root, name))).toBe(why);
  });

  it('may hold the mount points of a pool that is imported, not of one that is made', async () => {
    const path = join(root, 'nested');
    expect(await obstacle(path)).toBe('exists and is not empty');
    expect(await obstacle(path, '', true)).toBeUndefined();
    expect(await obstacle(join(root, 'full'), '', true)).toBe('exists and is not empty');
  });

  it('is not one that fstab mounts something on, mounted or not', async () => {
    const path = join(root, 'empty');
    expect(await obstacle(path, `server:/export ${path} nfs noauto 0 0\n`)).toContain('/etc/fstab');
  });

  it.runIf(process.getuid?.() === 0)('may be empty when it is of root, and of nobody else', async () => {
    expect(await obstacle(join(root, 'empty'))).toBeUndefined();
    await chown(join(root, 'foreign'), 65534, 65534);
    expect(await obstacle(join(root, 'foreign'))).toBe('exists and belongs to another user (65534)');
  });
});

it('is refused with the reason and both ways out', () => {
  expect(() => refusePoolDirectory('bench-pool', undefined)).not.toThrow();
  expect(() => refusePoolDirectory('mnt', 'is a directory of the system')).toThrowError(
    expect.objectContaining({
      code: 'pool-directory-taken',
      exitCode: 3,
      suggestions: [expect.stringContaining('volume.pool'), expect.stringContaining('zpool import mnt')],
    }),
  );
});
