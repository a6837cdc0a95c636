import { describe, expect, it } from 'vitest';
import { contentsText } from '../../../src/disks/contents-text.js';
import { chooseDisk, wipeBlockers } from '../../../src/disks/decide.js';
import { describeDiskContents, wipeCommands } from '../../../src/disks/describe.js';
import { discoverDisks, recheckDisk } from '../../../src/disks/discover.js';
import { probeArgv } from '../../../src/disks/exclusive.js';
import { refuseChangedDisk } from '../../../src/disks/wipe.js';
import { wipefsArgv } from '../../../src/disks/wipefs.js';
import { POOL_DEVICES_ARGV } from '../../../src/zfs/pools.js';
import { fixture } from '../support/fixture.js';
import { type ScriptedAnswer, ScriptedRunner } from '../support/scripted-runner.js';
import { BUSY, IMPORT_ARGV, LSBLK_ARGV, WORLD, worldFacts, worldWith } from './discover-world.js';

const discover = (script: readonly ScriptedAnswer[] = WORLD, facts = worldFacts()) =>
  discoverDisks(new ScriptedRunner(script), facts);
const codes = async (script?: readonly ScriptedAnswer[], facts = worldFacts()) =>
  Object.fromEntries(
    (await discover(script, facts)).map(({ path, reasons }) => [
      path.slice(5),
      reasons.map(({ code }) => code),
    ]),
  );

/** Every device of the machine and why it is refused. */
const EXPECTED = {
  loop0: ['not-a-disk', 'unknown-kind'],
  sda: ['too-small'],
  sr0: ['not-a-disk', 'unknown-kind', 'read-only', 'too-small'],
  nbd0: ['unknown-kind', 'too-small'],
  nbd1: ['unknown-kind', 'too-small'],
  nullb0: ['unknown-kind'],
  zram0: ['unknown-kind', 'too-small', 'swap'],
  vda: ['mounted', 'has-signature', 'in-use'],
  vdb: [],
  vdc: [],
  vdd: [],
  vde: ['read-only'],
  vdf: ['has-children', 'has-signature'],
  vdg: ['has-signature'],
  vdh: ['mounted', 'has-signature', 'in-use'],
  vdi: ['has-children', 'has-signature', 'has-holders', 'in-use'],
  vdj: ['has-children', 'has-signature', 'has-holders', 'in-use'],
  vdk: ['has-children', 'has-signature', 'has-holders', 'in-use'],
  vdl: ['has-signature'],
  vdm: ['has-children', 'has-signature', 'in-pool', 'in-use'],
  vdn: ['has-children', 'has-signature', 'in-importable-pool'],
  vdo: ['swap', 'has-signature', 'in-use'],
  vdp: ['has-signature'],
  vdq: ['has-signature'],
  vdr: ['too-small'],
  vds: ['shared-identity'],
  vdt: ['shared-identity'],
  vdu: ['has-signature'],
  vdv: ['has-children', 'has-holders', 'in-use'],
  vdw: ['has-children', 'has-signature', 'in-pool', 'in-use'],
  vdx: ['has-signature'],
};

describe('discoverDisks on a machine with a disk in every state', () => {
  it('gives every reason against every device', async () => {
    expect(await codes()).toEqual(EXPECTED);
  });

  it('chooses the largest clean disk and its stable name', async () => {
    expect(chooseDisk(await discover())).toEqual({
      path: '/dev/vdc',
      stablePath: '/dev/disk/by-id/virtio-CLEAN40',
      sizeBytes: 40 * 1024 ** 3,
      model: null,
      serial: 'CLEAN40',
      transport: 'virtio',
      rotational: true,
      supportsTrim: true,
      qualifies: true,
      reasons: [],
    });
  });

  it('has no stable name for a disk without a link', async () => {
    const disks = await discover();
    expect(disks.find(({ path }) => path === '/dev/vdd')).toMatchObject({
      stablePath: null,
      qualifies: true,
    });
  });

  it('says in words what it found', async () => {
    const disks = await discover();
    const messages = (path: string) =>
      disks.find((disk) => disk.path === path)?.reasons.map((r) => r.message);
    expect(messages('/dev/vdg')).toEqual(['carries data: ext4 "old"']);
    expect(messages('/dev/vdm')).toContain('belongs to the imported pool imported');
    expect(messages('/dev/vdn')).toContain('belongs to a pool that can be imported: exported');
    expect(messages('/dev/vds')?.[0]).toContain('/dev/vdt');
    expect(messages('/dev/vdh')).toContain('/dev/vdh is mounted at /mnt/h2, /mnt/h');
  });

  it('opens only what could be a real disk', async () => {
    const runner = new ScriptedRunner(WORLD);
    const opened: string[] = [];
    await discoverDisks(
      runner,
      worldFacts({
        openExclusively: (path) => {
          opened.push(path);
          return { value: 'busy' };
        },
      }),
    );
    expect(opened).toHaveLength(25);
    expect(opened).not.toContain('/dev/nullb0');
    expect(runner.lines.filter((line) => line.startsWith('wipefs'))).toHaveLength(25);
  });
});

describe('what cannot be read counts against a disk', () => {
  const clean = ['vdb', 'vdc', 'vdd'];
  const unreadable = async (script?: readonly ScriptedAnswer[], changes = {}) => {
    const found = await codes(script, worldFacts(changes));
    return clean.every((name) => found[name]?.join() === 'unreadable');
  };
  const rows = (edit: (row: Record<string, unknown>) => void) => {
    const document = JSON.parse(fixture('lsblk/nested-2.41.json'));
    for (const row of document.blockdevices) edit(row);
    return worldWith({ argv: LSBLK_ARGV, stdout: JSON.stringify(document) });
  };

  it.each(['size', 'ro', 'rm', 'hotplug', 'tran', 'fstype', 'pttype', 'mountpoints', 'serial', 'wwn'])(
    'column %s missing',
    async (key) => {
      const script = rows((row) => {
        delete row[key];
      });
      expect(await unreadable(script)).toBe(true);
    },
  );

  it('column TYPE missing', async () => {
    const script = rows((row) => {
      delete row.type;
    });
    expect(chooseDisk(await discover(script))).toBeUndefined();
  });

  it.each([
    { holders: () => ({ unknown: 'ENOENT' }) },
    { swapPaths: () => ({ unknown: 'EACCES' }) },
    { openExclusively: () => ({ unknown: 'EIO: i/o error' }) },
  ])('%o', async (changes) => {
    expect(await unreadable(undefined, changes)).toBe(true);
  });

  it('wipefs failing on one disk', async () => {
    const stderr = fixture('wipefs/no-medium.stderr');
    const found = await codes(worldWith({ argv: wipefsArgv('/dev/vdc'), exitCode: 1, stderr }));
    expect(found).toEqual({ ...EXPECTED, vdc: ['unreadable'] });
  });

  it('wipefs not installed', async () => {
    const script = worldWith(...clean.map((name) => ({ argv: wipefsArgv(`/dev/${name}`), notFound: true })));
    expect(await unreadable(script)).toBe(true);
  });

  it.each([POOL_DEVICES_ARGV, IMPORT_ARGV])('%o failing while ZFS is loaded', async (...argv) => {
    expect(await unreadable(worldWith({ argv: argv.flat(), exitCode: 1, stderr: 'out of memory' }))).toBe(
      true,
    );
    expect(await unreadable(worldWith({ argv: argv.flat(), notFound: true }))).toBe(true);
  });

  it('a disk that lsblk lists twice', async () => {
    const document = JSON.parse(fixture('lsblk/nested-2.41.json'));
    document.blockdevices.push(document.blockdevices.find((row: { name: string }) => row.name === 'vdc'));
    const script = worldWith({ argv: LSBLK_ARGV, stdout: JSON.stringify(document) });
    expect((await codes(script)).vdc).toEqual(['listed-twice']);
    expect(chooseDisk(await discover(script))?.path).toBe('/dev/vdb');
  });
});

describe('two paths to one disk', () => {
  it('are told by the name that the kernel gives, where lsblk has none', async () => {
    const wwid = (kname: string) => (['vdb', 'vdd'].includes(kname) ? 'naa.600508b1001c' : null);
    expect(await codes(WORLD, worldFacts({ wwid }))).toEqual({
      ...EXPECTED,
      vdb: ['shared-identity'],
      vdd: ['shared-identity'],
    });
  });

  it('are told by the WWN', async () => {
    const document = JSON.parse(fixture('lsblk/nested-2.41.json'));
    for (const row of document.blockdevices) if (['vdb', 'vdc'].includes(row.name)) row.wwn = '0x5000';
    const script = worldWith({ argv: LSBLK_ARGV, stdout: JSON.stringify(document) });
    expect(chooseDisk(await discover(script))?.path).toBe('/dev/vdd');
  });
});

describe('before ZFS is there', () => {
  const changes = { zfsLoaded: () => false };

  it.each([{ notFound: true }, { exitCode: 1, stderr: fixture('zpool/no-module.stderr') }])(
    'no pool can be imported, and signatures tell an exported one: %o',
    async (answer) => {
      const script = worldWith({ argv: POOL_DEVICES_ARGV, ...answer }, { argv: IMPORT_ARGV, ...answer });
      const found = await codes(script, worldFacts(changes));
      expect(found.vdc).toEqual([]);
      expect(found.vdn).toEqual(['has-children', 'has-signature']);
    },
  );
});

describe('without being root', () => {
  const facts = worldFacts({
    isRoot: () => false,
    openExclusively: () => {
      throw new Error('opened without root');
    },
  });
  const candidates = ['sda', ...[...'abcdefghijklmnopqrstuvwx'].map((letter) => `vd${letter}`)];
  const argv = probeArgv(candidates.map((name) => `/dev/${name}`));

  it('probes through sudo', async () => {
    const stdout = JSON.stringify(candidates.map((name) => (BUSY.includes(name) ? 'EBUSY' : 'FREE')));
    expect(await codes([...WORLD, { argv, stdout }], facts)).toEqual(EXPECTED);
  });

  it.each([
    { exitCode: 1, stderr: 'sudo: a password is required' },
    { notFound: true },
    { stdout: 'not json' },
    { stdout: '[]' },
    { stdout: '{}' },
    { stdout: JSON.stringify(candidates.map(() => 'EIO')) },
    { stdout: JSON.stringify(candidates.map(() => ({ value: 'free' }))) },
  ])('nothing qualifies where that gives no answer: %o', async (answer) => {
    const disks = await discover([...WORLD, { argv, ...answer }], facts);
    expect(disks.filter(({ qualifies }) => qualifies)).toEqual([]);
    expect(disks.find(({ path }) => path === '/dev/vdc')?.reasons).toHaveLength(1);
  });

  it('says needs-root and starts nothing else as root', async () => {
    const runner = new ScriptedRunner([
      ...WORLD,
      { argv, exitCode: 1, stderr: 'sudo: a password is required' },
    ]);
    const disks = await discoverDisks(runner, facts);
    expect(disks.find(({ path }) => path === '/dev/vdc')?.reasons.map(({ code }) => code)).toEqual([
      'needs-root',
    ]);
    expect(runner.commands.filter(({ privileged }) => privileged)).toHaveLength(1);
  });
});

describe('a disk that can be pulled out', () => {
  const script = [
    { argv: LSBLK_ARGV, stdout: fixture('lsblk/removable-2.41.json') },
    { argv: wipefsArgv('/dev/sda'), stdout: fixture('wipefs/none.json') },
    ...WORLD,
  ];

  it('is not chosen, and is taken where it is named', async () => {
    const disks = await discover(script);
    const stick = disks.find(({ path }) => path === '/dev/sda');
    expect(stick).toMatchObject({ model: 'scsi_debug', serial: '6000', transport: null, qualifies: false });
    expect(stick?.reasons.map(({ code }) => code)).toEqual(['removable']);
    expect(chooseDisk(disks)).toBeUndefined();
    expect(await recheckDisk(new ScriptedRunner(script), '/dev/sda', worldFacts())).toEqual(stick);
  });
});

describe('recheckDisk', () => {
  const recheck = (path: string, script: readonly ScriptedAnswer[] = WORLD) =>
    recheckDisk(new ScriptedRunner(script), path, worldFacts());
  const refused = expect.objectContaining({ code: 'disk-not-free', exitCode: 3 });

  it.each(['/dev/vdc', '/dev/disk/by-id/virtio-CLEAN40'])('takes a free disk: %s', async (path) => {
    expect(await recheck(path)).toMatchObject({ path: '/dev/vdc', qualifies: true });
  });

  it('refuses a disk that got a file system meanwhile', async () => {
    const script = worldWith({ argv: wipefsArgv('/dev/vdc'), stdout: fixture('wipefs/ext4.json') });
    await expect(recheck('/dev/vdc', script)).rejects.toThrowError(refused);
    await expect(recheck('/dev/vdc', script)).rejects.toThrowError(/carries data: ext4 "old"/);
  });

  it('still sees that another disk shares its identity', async () => {
    await expect(recheck('/dev/vds')).rejects.toThrowError(/same WWN or serial as \/dev\/vdt/);
  });

  it.each([
    ['/dev/vdf1', /is a part of \/dev\/vdf/],
    ['/dev/nosuch', /does not exist/],
    ['/dev/null', /is not a disk/],
    ['/dev/loop0', /is a loop/],
  ])('refuses %s', async (path, message) => {
    await expect(recheck(path)).rejects.toThrowError(refused);
    await expect(recheck(path)).rejects.toThrowError(message);
  });

  it('reads only the one disk', async () => {
    const runner = new ScriptedRunner(WORLD);
    await recheckDisk(runner, '/dev/vdc', worldFacts());
    expect(runner.lines.filter((line) => line.startsWith('wipefs'))).toHaveLength(1);
  });
});

describe('wiping', () => {
  it('shows the disk and its partitions', async () => {
    const script = worldWith(
      { argv: wipefsArgv('/dev/vdf1'), stdout: fixture('wipefs/ext4.json') },
      { argv: wipefsArgv('/dev/vdf2'), stdout: fixture('wipefs/none.json') },
    );
    const contents = await describeDiskContents(new ScriptedRunner(script), '/dev/vdf', worldFacts());
    expect(contents.disk.path).toBe('/dev/vdf');
    expect(
      contents.parts.map(({ path, sizeBytes, signatures }) => [path, sizeBytes, signatures.length]),
    ).toEqual([
      ['/dev/vdf', 12 * 1024 ** 3, 3],
      ['/dev/vdf1', 4 * 1024 ** 3, 1],
      ['/dev/vdf2', 8587837440, 0],
    ]);
    expect(wipeCommands(contents).map(({ argv }) => argv.join(' '))).toEqual([
      'wipefs --all /dev/vdf2',
      'wipefs --all /dev/vdf1',
      'wipefs --all /dev/vdf',
      'udevadm settle',
    ]);
  });

  it('is open only for disks that nobody uses', async () => {
    const disks = await discover();
    const wipeable = disks.filter((disk) => !disk.qualifies && wipeBlockers(disk).length === 0);
    expect(wipeable.map(({ path }) => path.slice(5))).toEqual([
      'vdf',
      'vdg',
      'vdl',
      'vdn',
      'vdp',
      'vdq',
      'vdu',
      'vdx',
    ]);
  });
});

describe('what was shown before a disk is cleared', () => {
  const vdg = (contents: string) =>
    worldWith({ argv: wipefsArgv('/dev/vdg'), stdout: fixture(`wipefs/${contents}.json`) });
  const shown = () => describeDiskContents(new ScriptedRunner(WORLD), '/dev/vdg', worldFacts());
  const recheck = async (script: readonly ScriptedAnswer[], facts = worldFacts()) =>
    refuseChangedDisk(new ScriptedRunner(script), '/dev/vdg', await shown(), facts);

  it('may be cleared as long as it is the same', async () => {
    await expect(recheck(WORLD)).resolves.toBeUndefined();
  });

  it('and nothing else', async () => {
    const changed = { code: 'disk-changed', exitCode: 3 };
    await expect(recheck(vdg('luks'))).rejects.toMatchObject(changed);
    await expect(recheck(vdg('none'))).rejects.toMatchObject(changed);
  });

  it('and not once somebody uses it', async () => {
    const busy = worldFacts({ openExclusively: () => ({ value: 'busy' }) });
    await expect(recheck(WORLD, busy)).rejects.toMatchObject({ code: 'disk-in-use', exitCode: 3 });
  });

  it('is model, size, signatures and partitions, whatever characters somebody put there', async () => {
    const contents = await shown();
    const [part] = contents.parts;
    if (part === undefined) throw new Error('a disk without itself');
    const text = contentsText({
      disk: { ...contents.disk, model: 'ACME \u001b[2J', serial: 'S1' },
      parts: [
        { ...part, signatures: [{ type: 'ext4', offset: '0x438', label: 'a\u001b]0;x', uuid: null }] },
        { ...part, path: '/dev/vdg1', sizeBytes: 5 * 1024 ** 3, signatures: [] },
      ],
    });
    expect(text.split('\n')).toEqual([
      '/dev/vdg: 12G, "ACME \\u001b[2J", serial "S1", virtio',
      '  /dev/vdg  12G  ext4 "a\\u001b]0;x"',
      '  /dev/vdg1  5G  no signature',
      expect.stringMatching(/^ {2}It carries data: ext4/),
    ]);
  });
});
