import { armor, Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Promotion } from '../../src/clone/clone.js';
import type { Exported, KeyStatus, Loaded, Rotated } from '../../src/encryption/encryption.js';
import type { InitJson } from '../../src/output/steps.js';
import type { Status } from '../../src/status/report.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({
  image: 'product',
  disks: [
    { size: '20G', serial: 'pool-disk' },
    { size: '64M', serial: 'key-disk', format: 'ext4' },
  ],
});

/** 32 bytes that can be looked for, and a passphrase. */
const KEY = 'planted-key-0123456789-abcdefghi';
const PASSPHRASE = 'planted-passphrase-7391';
const EXPORT = '/root/shop-key.age';

let identity = '';
let recipient = '';
beforeAll(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});

const refused = async (exitCode: number, ...args: string[]) =>
  (await benchJson<Failure>(guest(), args, exitCode)).error;
const sh = async (script: string) => (await guest().sh(script)).stdout.trim();
const keys = (bench = 'shop') => benchJson<KeyStatus>(guest(), ['key', 'status', '-b', bench]);
const status = (bench = 'shop') => benchJson<Status>(guest(), ['volume', 'status', '-b', bench]);
const codes = async (bench?: string) => (await status(bench)).problems.map(({ code }) => code);
const configure = (bench: string, ...settings: [key: string, value: string][]) =>
  guest().sh(settings.map(([key, value]) => `bench config set ${key} '${value}' -b ${bench}`).join(' && '));

/** Notes what every process of the guest shows of itself, until it is told to stop. */
const watch = () =>
  guest().sh(`nohup sh -c 'while [ ! -e /root/watched ]; do
    cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; sleep 0.1; done >> /root/seen' >/dev/null 2>&1 &`);

describe('a bench with its key on other storage', () => {
  test('is made only with a copy of the key put away', async () => {
    await guest().sh(`mkdir -p /media/keys
      echo '/dev/disk/by-id/virtio-key-disk /media/keys ext4 nofail,x-systemd.device-timeout=25s 0 2' >> /etc/fstab
      systemctl daemon-reload && mount /media/keys`);
    await guest().run(['sh', '-c', 'umask 077; cat > /media/keys/shop.key'], { input: KEY });
    await guest().run(['sh', '-c', 'umask 077; cat > /root/passphrase'], { input: `${PASSPHRASE}\n` });
    await guest().run(['sh', '-c', 'umask 077; cat > /root/me.txt'], { input: `# me\n${identity}\n` });
    await guest().run(['bench', 'new', 'shop']);
    expect(await refused(2, 'config', 'set', 'volume.key', 'credential', '-b', 'shop')).toMatchObject({
      message: expect.stringContaining('goes only with encryption = "on"'),
    });
    await configure('shop', ['volume.encryption', 'on'], ['volume.key', 'file:/media/keys/shop.key']);
    expect(await refused(3, 'init', '-b', 'shop')).toMatchObject({ code: 'escrow-needed' });
    expect(await refused(2, 'init', '-b', 'shop', '--escrow', EXPORT, '--recipient', identity)).toMatchObject(
      {
        code: 'recipient-invalid',
        message: 'One of the recipients is no public key of age. Nothing was changed.',
      },
    );
    await guest().sh('chmod 644 /media/keys/shop.key');
    const asked = ['init', '-b', 'shop', '--escrow', EXPORT, '--recipient', recipient];
    expect(await sh('zpool list -H; ls -A /var/lib/bench; ls /root/*.age 2>/dev/null || true')).not.toMatch(
      /bench-pool|age/,
    );
    await guest().sh('chmod 600 /media/keys/shop.key');
    await watch();
    await benchJson<InitJson>(guest(), asked);
    expect(await benchJson<InitJson>(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
    await fillBench(guest(), 'shop');
    expect(await sh('zfs get -H -o value encryption,keyformat,encryptionroot bench-pool/shop')).toBe(
      'aes-256-gcm\nraw\nbench-pool/shop',
    );
    expect(await sh('stat -c "%a %U" /run/bench/keys /run/bench/keys/*; stat -f -c %T /run/bench/keys')).toBe(
      '700 root\n600 root\nramfs',
    );
  });

  test('the copy is the key, for whoever has the secret key of its recipient', async () => {
    const sealed = await sh(`cat ${EXPORT}`);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    expect(Buffer.from(await decrypter.decrypt(armor.decode(sealed))).toString()).toBe(KEY);
    const found = await keys();
    expect(found).toMatchObject({ loaded: true, escrow: { current: true }, sharedWith: [], rotating: false });
    expect(await refused(3, 'key', 'export', EXPORT, '-b', 'shop', '--recipient', recipient)).toMatchObject({
      code: 'file-exists',
    });
    expect(
      await refused(3, 'key', 'export', '/bench-pool/k.age', '-b', 'shop', '--recipient', recipient),
    ).toMatchObject({ code: 'key-in-pool' });
  });

  test('comes up at boot by itself, the key first', async () => {
    const before = await contentOf(guest(), 'shop');
    await rebootFully(guest());
    expect(await codes()).not.toContainEqual(expect.stringMatching(/key|mariadb|bind/));
    expect(await contentOf(guest(), 'shop')).toBe(before);
  });
});

describe('what is made of it has the same key', () => {
  test('a snapshot is proven, and something is taken out of it', async () => {
    await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'first']);
    await benchJson(guest(), ['volume', 'verify', 'first', '-b', 'shop', '--quick']);
    await guest().sh("cd /srv/benches/shop/sites && rm 'file 1'");
    const taken = ['--file', 'sites/file 1', '--to', '/root/taken'];
    await benchJson(guest(), ['volume', 'extract', 'first', '-b', 'shop', ...taken]);
    await guest().run(['cp', '/root/taken/file 1', '/srv/benches/shop/sites/']);
  });

  test('a restore with --keep and its undo: ZFS forgets the key on the way', async () => {
    const before = await sh('zfs get -H -o value guid bench-pool/shop');
    await benchJson(guest(), ['volume', 'restore-snapshot', 'first', '-b', 'shop', '--keep', '--yes']);
    expect(await keys()).toMatchObject({
      loaded: true,
      encryptionRoot: 'bench-pool/shop',
      sharedWith: ['bench-pool/_shop.kept'],
      escrow: { current: true },
    });
    expect(await benchJson<InitJson>(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
    await benchJson(guest(), ['volume', 'undo-restore', '-b', 'shop', '--yes']);
    expect(await sh('zfs get -H -o value guid bench-pool/shop')).toBe(before);
    expect(await keys()).toMatchObject({ loaded: true, encryptionRoot: 'bench-pool/shop' });
    await benchJson(guest(), ['volume', 'undo-restore', '-b', 'shop', '--discard', '--yes']);
  });

  test('a clone, also when it is promoted; and a template', async () => {
    const cloned = await guest().run(['bench', 'clone', 'shop', 'try', '--yes'], { timeoutMs: 280_000 });
    expect(cloned.stdout + cloned.stderr).toContain('try shares the key of shop');
    expect(await keys('try')).toMatchObject({
      encryptionRoot: 'bench-pool/shop',
      source: 'file:/media/keys/shop.key',
      escrow: { current: true },
      sharedWith: expect.arrayContaining(['bench-pool/shop']),
    });
    expect(await refused(3, 'key', 'rotate', '-b', 'try', '--no-escrow')).toMatchObject({
      code: 'key-of-other',
    });
    expect(await refused(3, 'key', 'unload', '-b', 'shop', '--yes')).toMatchObject({ code: 'key-in-use' });
    await benchJson<Promotion>(guest(), ['clone', 'promote', 'try', '--yes']);
    expect(await keys('shop')).toMatchObject({ encryptionRoot: 'bench-pool/try', loaded: true });
    await benchJson(guest(), ['template', 'create', 'try', 'base']);
    expect(await sh('zfs get -H -o value encryptionroot bench-pool/_templates/base')).toBe('bench-pool/try');
    await benchJson(guest(), ['template', 'delete', 'base', '--yes']);
  });
});

describe('another key', () => {
  test('takes the place of the old one while everything runs', async () => {
    const old = await keys('try');
    const rotated = await benchJson<Rotated>(guest(), [
      ...['key', 'rotate', '-b', 'try', '--yes', '--escrow', '/root/second.age', '--recipient', recipient],
    ]);
    expect(rotated).toMatchObject({ finished: false, datasets: ['bench-pool/shop', 'bench-pool/try'] });
    expect(rotated.key).not.toBe(old.key);
    expect(await keys('shop')).toMatchObject({ key: rotated.key, inMemory: rotated.key, rotating: false });
    await guest().run(['sh', '-c', 'umask 077; cat > /root/old.key'], { input: KEY });
    expect(await refused(3, 'key', 'load', '-b', 'try', '--file', '/root/old.key')).toMatchObject({
      code: 'key-wrong',
    });
    expect((await keys('try')).inMemory).toBe(rotated.key);
  });
});

describe('a key that systemd keeps, and one that a passphrase opens', () => {
  test('are made with the bench', async () => {
    await watch();
    await guest().run(['bench', 'new', 'vault', '--port', '3320']);
    await configure('vault', ['volume.encryption', 'on']);
    await benchJson<InitJson>(guest(), ['init', '-b', 'vault', '--no-escrow']);
    await guest().run(['bench', 'new', 'safe', '--port', '3321']);
    await configure('safe', ['volume.encryption', 'on'], ['volume.key', 'prompt']);
    expect(await refused(3, 'init', '-b', 'safe', '--no-escrow')).toMatchObject({
      code: 'passphrase-needed',
    });
    const passphrase = ['--passphrase-file', '/root/passphrase'];
    await benchJson<InitJson>(guest(), ['init', '-b', 'safe', '--no-escrow', ...passphrase]);
    expect(await sh("grep -h '^key' /srv/benches/vault/bench.toml /srv/benches/safe/bench.toml")).toBe(
      'key = "credential:vault"\nkey = "prompt:safe"',
    );
    expect(await codes('safe')).toContain('key-copy-none');
    await guest().sh('touch /root/watched');
  });
});

describe('a boot without the key', () => {
  test('starts nothing, and says which key is missing', async () => {
    await rebootFully(guest(), { without: ['key-disk'] });
    expect(
      await sh(
        'systemctl is-active mariadb@shop mariadb@try bench-key-shop || true; zfs list -H -o mounted bench-pool/shop',
      ),
    ).toBe('inactive\ninactive\ninactive\nno');
    const { problems } = await status();
    expect(problems[0]).toMatchObject({
      code: 'key-not-loaded',
      message: expect.stringContaining('file:/media/keys/shop.key'),
      fix: 'bench key load -b shop',
    });
    expect(await refused(3, 'key', 'load', '-b', 'shop')).toMatchObject({ code: 'key-missing' });
    expect(await refused(3, 'init', '-b', 'shop')).toMatchObject({ code: 'key-missing' });
    const check = await guest().run(['bench', 'check', 'key', '-b', 'shop'], { check: false });
    expect([check.exitCode, check.stdout]).toEqual([2, expect.stringContaining('is not loaded')]);
  });

  test('snapshots and raw copies go on, and what has to read says so', async () => {
    await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'locked']);
    expect(Number(await sh('zfs send -w bench-pool/shop@locked | wc -c'))).toBeGreaterThan(100_000);
    expect(await refused(3, 'volume', 'verify', 'locked', '-b', 'shop')).toMatchObject({
      code: 'key-not-loaded',
    });
    expect(await refused(3, 'volume', 'restore-snapshot', 'locked', '-b', 'shop', '--yes')).toMatchObject({
      code: 'key-not-loaded',
    });
  });

  test('the copy brings everything up', async () => {
    await guest().run(['sh', '-c', 'umask 077; cat > /root/wrong.key'], { input: 'x'.repeat(32) });
    expect(await refused(3, 'key', 'load', '-b', 'shop', '--file', '/root/wrong.key')).toMatchObject({
      code: 'key-wrong',
    });
    expect(await sh('ls -A /run/bench/keys; zfs get -H -o value keystatus bench-pool/shop')).toBe(
      'unavailable',
    );
    const loaded = await benchJson<Loaded>(guest(), [
      ...['key', 'load', '-b', 'shop', '--file', '/root/second.age', '--identity', '/root/me.txt'],
    ]);
    expect(loaded).toMatchObject({ changed: true });
    expect(await sh('systemctl is-active mariadb@shop')).toBe('active');
    expect(await contentOf(guest(), 'shop')).toContain('5000');
  });
});

describe('secrets', () => {
  test('what systemd keeps was loaded at boot, and what a passphrase opens waits for it', async () => {
    expect(await sh('systemctl is-active mariadb@vault mariadb@safe || true')).toBe('active\ninactive');
    expect((await status('safe')).problems[0]).toMatchObject({
      code: 'key-not-loaded',
      fix: 'bench key load -b safe',
    });
    expect(await refused(3, 'key', 'load', '-b', 'safe')).toMatchObject({ code: 'passphrase-needed' });
    await guest().run(['sh', '-c', 'cat > /root/other'], { input: 'another passphrase\n' });
    expect(await refused(1, 'key', 'load', '-b', 'safe', '--passphrase-file', '/root/other')).toMatchObject({
      code: 'key-not-opened',
    });
    await benchJson<Loaded>(guest(), ['key', 'load', '-b', 'safe', '--passphrase-file', '/root/passphrase']);
    expect(await sh('systemctl is-active mariadb@safe')).toBe('active');
  });

  test('are nowhere but where they belong', async () => {
    const exported = ['key', 'export', '/root/vault.age', '-b', 'vault', '--recipient', recipient];
    expect(await benchJson<Exported>(guest(), exported)).toMatchObject({ datasets: ['bench-pool/vault'] });
    const base = Buffer.from(KEY);
    const secrets = [KEY, PASSPHRASE, identity, base.toString('hex'), base.toString('base64')];
    await guest().run(['sh', '-c', 'cat > /root/patterns'], { input: secrets.join('\n') });
    expect(
      await sh(`journalctl --no-pager -o export > /root/journal
        grep -c -a -F -f /root/patterns /root/journal /root/seen || true
        grep -r -l -a -F -f /root/patterns /var/lib/bench /etc/bench /etc/systemd /var/log /tmp || true`),
    ).toBe('/root/journal:0\n/root/seen:0');
    expect(Number(await sh('wc -c < /root/seen'))).toBeGreaterThan(50_000);
  });
});
