import { describe, expect, it } from 'vitest';
import {
  parseWipefsJson,
  parseWipefsParsable,
  readSignatures,
  wipefsArgv,
  wipefsParsableArgv,
} from '../../../src/disks/wipefs.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const types = (name: string) => parseWipefsJson(fixture(`wipefs/${name}.json`)).map(({ type }) => type);

describe('parseWipefsJson', () => {
  it.each([
    ['none', []],
    ['gpt', ['gpt', 'gpt', 'PMBR']],
    ['gpt-empty', ['gpt', 'gpt', 'PMBR']],
    ['ext4', ['ext4']],
    ['lvm', ['LVM2_member']],
    ['md-raid', ['linux_raid_member']],
    ['luks', ['crypto_LUKS', 'crypto_LUKS']],
    ['swap', ['swap']],
    ['btrfs-second', ['btrfs']],
    ['iso9660', ['iso9660']],
    ['zfs-exported-disk', ['gpt', 'gpt', 'PMBR']],
    ['zfs-member', ['zfs_member', 'zfs_member', 'zfs_member', 'zfs_member']],
  ])('%s', (name, expected) => {
    expect(types(name)).toEqual(expected);
  });

  it('keeps label, UUID and offset', () => {
    expect(parseWipefsJson(fixture('wipefs/ext4.json'))).toEqual([
      { type: 'ext4', offset: '0x438', label: 'old', uuid: '56af5227-6a3e-412d-a0f0-6ec7f53235fd' },
    ]);
  });

  it('takes empty output for no signature', () => {
    expect(parseWipefsJson('')).toEqual([]);
  });

  it.each([
    '{',
    '[]',
    '{}',
    '{"signatures":null}',
    '{"signatures":[null]}',
    '{"signatures":[{"type":null}]}',
  ])('does not take %j for no signature', (stdout) => {
    expect(() => parseWipefsJson(stdout)).toThrowError(
      expect.objectContaining({ code: 'unexpected-output' }),
    );
  });
});

describe('parseWipefsParsable', () => {
  it('reads rows with and without a heading', () => {
    expect(parseWipefsParsable(fixture('wipefs/none.parsable'))).toEqual([]);
    expect(parseWipefsParsable(fixture('wipefs/ext4.parsable'))).toEqual(
      parseWipefsJson(fixture('wipefs/ext4.json')),
    );
    expect(parseWipefsParsable(fixture('wipefs/luks.parsable')).map(({ type }) => type)).toEqual([
      'crypto_LUKS',
      'crypto_LUKS',
    ]);
    expect(parseWipefsParsable(fixture('wipefs/ext4.old-parsable'))[0]?.label).toBe('my old');
  });

  it.each(['0x438,a,b', '0x438,,,', '0x438,a,b,ext4,more', 'ext4'])('does not accept %j', (line) => {
    expect(() => parseWipefsParsable(`${line}\n`)).toThrowError(
      expect.objectContaining({ code: 'unexpected-output' }),
    );
  });
});

describe('readSignatures', () => {
  it('asks as root for JSON', async () => {
    const runner = new ScriptedRunner([
      { argv: wipefsArgv('/dev/sdb'), stdout: fixture('wipefs/ext4.json') },
    ]);
    expect(await readSignatures(runner, '/dev/sdb')).toHaveLength(1);
    expect(runner.commands[0]?.privileged).toBe(true);
  });

  it('asks an older wipefs for the parsable form', async () => {
    const runner = new ScriptedRunner([
      {
        argv: wipefsArgv('/dev/sdb'),
        exitCode: 1,
        stderr: fixture('wipefs/unknown-option.stderr').replace('--jsonx', '--json'),
      },
      { argv: wipefsParsableArgv('/dev/sdb'), stdout: fixture('wipefs/ext4.old-parsable') },
    ]);
    expect((await readSignatures(runner, '/dev/sdb')).map(({ type }) => type)).toEqual(['ext4']);
  });

  it.each(['wipefs/not-root.stderr', 'wipefs/no-medium.stderr'])(
    'fails where it cannot read: %s',
    async (file) => {
      const runner = new ScriptedRunner([
        { argv: wipefsArgv('/dev/sdb'), exitCode: 1, stderr: fixture(file) },
      ]);
      await expect(readSignatures(runner, '/dev/sdb')).rejects.toThrowError(
        expect.objectContaining({ code: 'command-failed' }),
      );
    },
  );
});
