import { inspect } from 'node:util';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { formatKeySource, parseKeySource } from '../../../src/config/key-source.js';
import { checkConfig } from '../../../src/config/load.js';
import { isAge, open, requireRecipients, sealFor } from '../../../src/keys/age.js';
import { decodeEscrow, encodeEscrow, escrowOf, holds } from '../../../src/keys/escrow.js';
import { fingerprint } from '../../../src/keys/material.js';
import { keyId, loadedKeyFile, pendingKeyFile, storedKeyFile } from '../../../src/keys/place.js';
import { Secret } from '../../../src/keys/secret.js';
import { keyFiles } from '../../../src/keys/unit.js';
import { keySource } from '../../../src/names.js';
import { kindOf, type Step } from '../../../src/steps/kinds.js';
import { parseEncryption, sendMode } from '../../../src/zfs/encryption.js';
import { fixture } from '../support/fixture.js';

const KEY = Buffer.from('planted-key-0123456789-abcdefghi');

async function configOf(volume: string, name = 'shop') {
  const text = `[bench]\nname = "${name}"\n[volume]\n${volume}`;
  const { config, findings } = await checkConfig(text, `/srv/benches/${name}/bench.toml`);
  return { config, findings: findings.map(({ key, message }) => `${key} ${message}`) };
}

describe('where a key comes from', () => {
  test.each<[string, string | undefined]>([
    ['credential', 'credential:shop'],
    ['prompt', 'prompt:shop'],
    ['prompt:old-shop', 'prompt:old-shop'],
    ['file:/media/keys/shop.key', 'file:/media/keys/shop.key'],
  ])('%s', (text, written) => {
    expect(keySource(text)).toBeUndefined();
    expect(formatKeySource(parseKeySource(text, 'shop'))).toBe(written);
  });

  test.each([
    '',
    'file',
    'file:',
    'file:shop.key',
    'file:/',
    'file:/a/../b',
    'file:/a/./b',
    'file:/a b',
    'file:/a\nExecStart=/bin/sh',
    'file:/a%h',
    'file:/a"b',
    "file:/a'b",
    'file:/a$b',
    `file:/${'a'.repeat(250)}`,
    'prompt:',
    'prompt:-x',
    'prompt:../x',
    'credential:a b',
    'credential:a\n',
    'passphrase',
    'file://host/key',
    'https://host/key',
    '-n',
  ])('%j is refused', (text) => {
    expect(keySource(text)).toBeTypeOf('string');
  });

  test('a clone has its files under the same names; two files of one name do not meet', () => {
    const one = parseKeySource('file:/a/shop.key', 'shop');
    const other = parseKeySource('file:/b/shop.key', 'shop');
    expect(keyId(one)).not.toBe(keyId(other));
    expect(loadedKeyFile(one)).toMatch(/^\/run\/bench\/keys\/shop\.key-[0-9a-f]{8}$/);
    const named = parseKeySource('credential:shop', 'try');
    expect([loadedKeyFile(named), storedKeyFile(named), pendingKeyFile(named)]).toEqual([
      '/run/bench/keys/shop',
      '/etc/credstore.encrypted/bench-key-shop',
      '/etc/credstore.encrypted/bench-key-shop.new',
    ]);
  });
});

describe('bench.toml', () => {
  test('encryption has a key by default, and a key needs encryption', async () => {
    expect((await configOf('encryption = "on"')).config?.volume.key).toEqual({
      kind: 'credential',
      name: 'shop',
    });
    expect((await configOf('encryption = "off"')).config?.volume.key).toBeUndefined();
    expect((await configOf('key = "prompt"')).findings).toEqual([
      expect.stringContaining('volume.key goes only with encryption = "on"'),
    ]);
  });

  test('all findings at once', async () => {
    const { findings } = await configOf('encryption = "yes"\nkey = "usb"');
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('volume.encryption must be "on" or "off"'),
        expect.stringContaining('volume.key must be "file:/PATH", "prompt" or "credential"'),
      ]),
    );
  });
});

describe('the unit', () => {
  test('none of a bench that is not encrypted', async () => {
    const { config } = await configOf('');
    expect(config === undefined ? [] : keyFiles(config)).toEqual([]);
  });

  test('loads the key before anything is mounted, from what may be stored', async () => {
    const { config } = await configOf('encryption = "on"\nkey = "file:/media/keys/shop.key"');
    const [mount, unit] = config === undefined ? [] : keyFiles(config);
    expect(mount?.content).toContain('Type=ramfs\nOptions=mode=0700');
    expect(unit?.path).toBe('/etc/systemd/system/bench-key-shop.service');
    expect(unit?.content).toContain('RequiresMountsFor=/media/keys/shop.key\nBefore=zfs-mount.service ');
    expect(unit?.content).toContain('zfs-load-key@bench\\x2dpool-shop.service');
    expect(unit?.content).toContain(
      `' bench-key-shop.service bench-pool/shop ${config?.volume.key && loadedKeyFile(config.volume.key)} file - /media/keys/shop.key /media/keys/shop.key.new\n`,
    );
    // systemd expands a single dollar sign; the shell is to see each of the script's.
    const script = unit?.content.split("'")[1] ?? '';
    expect(script.replaceAll('$$', '')).not.toContain('$');
  });

  test('one for a passphrase asks nobody at boot', async () => {
    const { config } = await configOf('encryption = "on"\nkey = "prompt"');
    const [, unit] = config === undefined ? [] : keyFiles(config);
    expect(unit?.content).toContain('ConditionPathExists=/run/bench/keys/shop\n');
  });
});

describe('copies of a key', () => {
  test('for recipients, and for nobody else', async () => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const sealed = Buffer.from(await sealFor({ kind: 'recipients', recipients: [recipient] }, KEY));
    expect(isAge(sealed)).toBe(true);
    expect(isAge(KEY)).toBe(false);
    const opened = await open({ kind: 'identity', text: new Secret(`# me\n${identity}\n`) }, sealed);
    expect(Buffer.from(opened)).toEqual(KEY);
    const stranger = new Secret(await generateX25519Identity());
    await expect(open({ kind: 'identity', text: stranger }, sealed)).rejects.toMatchObject({
      code: 'key-not-opened',
    });
  });

  test.each(['age1nope', 'AGE-SECRET-KEY-1QQQ', 'ssh-ed25519 AAAA', '', '-', 'age1\n'])(
    '%j is no recipient, and is not printed where it could be secret',
    async (recipient) => {
      const error = await requireRecipients([recipient]).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'recipient-invalid' });
      expect(String(error)).not.toContain('AGE-SECRET');
    },
  );

  test('a record of one says of which key it is, and what others have written is none', () => {
    const escrow = escrowOf(fingerprint(KEY), { kind: 'recipients', recipients: ['age1x'] }, new Date(0));
    expect(decodeEscrow(encodeEscrow(escrow))).toEqual(escrow);
    expect(encodeEscrow(escrow)).toMatch(/^[A-Za-z0-9_.%-]+$/);
    expect(holds(escrow, fingerprint(KEY))).toBe(true);
    expect(holds(escrow, 'another')).toBe(false);
    expect(holds(undefined, undefined)).toBe(false);
    expect(holds(escrowOf('any', undefined, new Date(0)), 'another')).toBe(true);
    for (const strange of [undefined, 'none', '%7B', '%7B%7D', '-'])
      expect(decodeEscrow(strange)).toBeUndefined();
  });
});

describe('secrets', () => {
  const passphrase = new Secret('planted-passphrase');

  test('are printed by nothing', () => {
    const printed = [`${passphrase}`, JSON.stringify({ passphrase }), inspect({ passphrase }, { depth: 9 })];
    expect(printed.join()).not.toContain('planted');
    expect(passphrase.reveal()).toBe('planted-passphrase');
  });

  test('are in no step as it is printed, nor in its commands', () => {
    const source = { kind: 'prompt', name: 'shop' } as const;
    const wish = { kind: 'file', path: '/root/x.age', readers: { kind: 'passphrase', passphrase } } as const;
    const steps: Step[] = [
      { kind: 'key.make', source, passphrase },
      { kind: 'key.fetch', source, root: 'bench-pool/shop', passphrase },
      { kind: 'key.stage', bench: 'shop', source, passphrase, wish },
      { kind: 'key.change', root: 'bench-pool/shop', source, passphrase },
      { kind: 'key.settle', bench: 'shop', root: 'bench-pool/shop', datasets: [], source, passphrase },
      { kind: 'key.escrow', bench: 'shop', datasets: ['bench-pool/shop'], source, wish },
    ];
    const printed = steps.map((step) => {
      const kind = kindOf(step);
      return JSON.stringify([step, kind.describe(step), kind.commands(step)]);
    });
    expect(printed.join()).not.toContain('planted');
  });
});

describe('what ZFS says', () => {
  test('of everything that is encrypted, and whose key it is', () => {
    const found = parseEncryption(fixture('zfs/list-encryption.tsv'));
    expect(
      found.map(({ dataset, root, isLoaded, isMounted }) => [dataset, root, isLoaded, isMounted]),
    ).toEqual([
      ['bench-pool/shop', 'bench-pool/shop', true, true],
      ['bench-pool/try', 'bench-pool/shop', true, false],
      ['bench-pool/vault', 'bench-pool/vault', false, false],
    ]);
    expect(decodeEscrow(found[0]?.escrow)).toMatchObject({ key: 'bf7e6229435a7186', to: ['passphrase'] });
    expect(found[1]).toMatchObject({ location: 'none', key: undefined, escrow: undefined });
  });

  test('an encrypted dataset is sent raw, and no other one', () => {
    expect(sendMode('bench-pool/shop')).toEqual({ isEncrypted: true, flags: ['-w'] });
    expect(sendMode(undefined)).toEqual({ isEncrypted: false, flags: ['-L', '-e', '-c'] });
  });
});
