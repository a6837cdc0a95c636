import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Exported, KeyStatus, Loaded, Rotated } from '../../../src/encryption/encryption.js';
import type { Status } from '../../../src/status/status.js';
import { pushKillWalk } from '../kill-walk-support.js';
import { benchJson, contentOf, type Failure, fillBench } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G' }] });

/** Some seventy runs; each may take half a minute where the machine is busy. */
const WALK_MS = 3_000_000;

let recipient: string;

beforeAll(async () => {
  recipient = await identityToRecipient(await generateX25519Identity());
  await pushKillWalk(guest());
}, 120_000);

/** Runs it killed at every point of its plan; returns where. */
async function walk(name: string, ...command: string[]): Promise<string[]> {
  const { stdout, stderr } = await guest().run(
    ['node', '/root/kill-walk.mjs', name, '--plan', '--', ...command],
    { timeoutMs: WALK_MS, check: false },
  );
  const { killed, missed, failed } = JSON.parse(stdout || '{}');
  // What a plan does twice, as a reload of systemd, is due once for one that was cut off between them.
  const never = (missed as string[] | undefined)?.filter((point) => / 0 of \d+$/.test(point));
  expect({ never, failed }, stdout + stderr).toEqual({ never: [] });
  return killed as string[];
}

const keys = (name = 'shop') => benchJson<KeyStatus>(guest(), ['key', 'status', '-b', name]);
const codes = async () =>
  (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems.map(({ code }) => code);

test('an encrypted bench is made, though its init is killed at every point: with one key, and one copy of it', {
  timeout: WALK_MS,
}, async () => {
  await guest().sh('mkdir -p /media/keys; bench new shop; bench config set volume.encryption on -b shop');
  await guest().sh('bench config set volume.key file:/media/keys/shop.key -b shop');
  const command = ['init', '-b', 'shop', '--escrow', '/root/shop.age', '--recipient', recipient];
  const killed = await walk('shop', ...command);
  for (const point of [
    'after Make a key of 256 bits and keep it as file:/media/keys/shop.key',
    'after Create dataset bench-pool/shop',
    'after Export the key to /root/shop.age, for one recipient',
  ])
    expect(killed).toContain(point);
  expect(await codes()).toEqual([]);
  expect(await keys()).toMatchObject({ loaded: true, rotating: false, escrow: { current: true } });
  expect((await guest().sh('ls -A /media/keys; ls -A /run/bench/keys | wc -l')).stdout).toBe('shop.key\n1\n');
  expect(await benchJson(guest(), command)).toMatchObject({ changed: false });
});

test('a rotation that is killed at every point of its plan comes to its end', {
  timeout: WALK_MS,
}, async () => {
  await fillBench(guest(), 'shop');
  const before = await contentOf(guest(), 'shop');
  const killed = await walk('shop', 'key', 'rotate', '-b', 'shop', '--no-escrow', '--yes');
  expect(killed).toContain('before zfs change-key bench-pool/shop');
  expect(await keys()).toMatchObject({ loaded: true, rotating: false });
  expect(await contentOf(guest(), 'shop')).toBe(before);
});

/** What bench starts of ZFS in a rotation, in this order; killed before and after each of them. */
const POINTS = ['change-key', 'load-key', 'set'];

/** Has a rotation end by SIGKILL before or after one of these. */
async function rotateKilled(when: string, verb: string, pending: string, command: readonly string[]) {
  const act =
    when === 'before' ? 'kill -9 $PPID; sleep 1; exit' : '/usr/sbin/zfs "$@"; kill -9 $PPID; sleep 1; exit';
  await guest().sh(
    `mkdir -p /root/bin; rm -f /root/killed; cat > /root/bin/zfs <<'END'
#!/bin/bash
if [ "$1 " = "${verb} " ] && [ ! -e /root/killed ] && [ -e ${pending} ]; then touch /root/killed; ${act}; fi
exec /usr/sbin/zfs "$@"
END
    chmod 755 /root/bin/zfs
    PATH=/root/bin:$PATH bench key rotate ${command.join(' ')} --no-escrow --yes; true`,
    { timeoutMs: 280_000, check: false },
  );
  expect((await guest().sh('ls /root/killed')).stdout).toBe('/root/killed\n');
}

test.each(POINTS.flatMap((verb) => ['before', 'after'].map((when) => [when, verb] as const)))(
  'a rotation killed %s zfs %s: the next boot has a key that opens it',
  { timeout: 600_000 },
  async (when, verb) => {
    const old = await keys();
    await rotateKilled(when, verb, '/media/keys/shop.key.new', ['-b', 'shop']);
    // As after a boot: what lies in memory is gone, and the unit finds one of the two that are stored.
    await guest().sh(
      `bench key unload -b shop --yes && systemctl start bench-key-shop
    test "$(zfs get -H -o value keystatus bench-pool/shop)" = available`,
      { timeoutMs: 280_000 },
    );
    // Whichever it is, `bench key load` takes it, too.
    await benchJson(guest(), ['key', 'load', '-b', 'shop']);
    expect(await codes()).toContain('key-rotating');
    const rotated = await benchJson<Rotated>(guest(), [
      'key',
      'rotate',
      '-b',
      'shop',
      '--no-escrow',
      '--yes',
    ]);
    expect(rotated.key).not.toBe(old.key);
    expect(await keys()).toMatchObject({
      loaded: true,
      rotating: false,
      key: rotated.key,
      inMemory: rotated.key,
    });
  },
);

describe('a key that a passphrase opens', () => {
  const by = (passphrase: string) => ['-b', 'safe', '--passphrase-file', `/root/${passphrase}`];
  let present = 'first';

  beforeAll(async () => {
    await guest().sh(`umask 077; for each in first second third; do echo "passphrase $each" > /root/$each; done
      bench new safe --port 3321
      bench config set volume.encryption on -b safe; bench config set volume.key prompt -b safe`);
    await benchJson(guest(), ['init', '--no-escrow', ...by(present)]);
  }, 280_000);

  // Which passphrase the new key has, and which of the two keys ZFS takes by then.
  test.each([
    ['after', 'the same', 'first'],
    ['before', 'another', 'second'],
    ['after', 'another', 'third'],
  ])(
    'of a rotation killed %s zfs change-key, with %s passphrase: it is loaded, and finished',
    {
      timeout: 600_000,
    },
    async (when, _, next) => {
      const old = await keys('safe');
      await rotateKilled(when, 'change-key', '/etc/bench/keys/safe.age.new', by(next));
      const [opens, other] = when === 'before' ? [present, next] : [next, present];
      if (when === 'before') {
        // The new key lies in memory already; what is put away is the one that ZFS takes.
        const command = ['key', 'export', `/root/${next}.age`, '--recipient', recipient, ...by(opens)];
        expect(await benchJson<Exported>(guest(), command)).toMatchObject({ key: old.key });
      }
      await benchJson(guest(), ['key', 'unload', '-b', 'safe', '--yes']);
      if (other !== opens) {
        const { error } = await benchJson<Failure>(guest(), ['key', 'load', ...by(other)], 1);
        expect(error).toMatchObject({
          code: 'key-not-opened',
          suggestions: [expect.stringContaining('A rotation was cut off')],
        });
      }
      const loaded = await benchJson<Loaded>(guest(), ['key', 'load', ...by(opens)]);
      expect(loaded).toMatchObject({ changed: true, up: true });
      expect(loaded.key === old.key).toBe(when === 'before');
      expect(await keys('safe')).toMatchObject({ rotating: true, key: old.key, inMemory: loaded.key });
      const rotated = await benchJson<Rotated>(guest(), [
        'key',
        'rotate',
        '--no-escrow',
        '--yes',
        ...by(next),
      ]);
      expect(rotated.finished).toBe(when === 'after');
      expect(await keys('safe')).toMatchObject({ loaded: true, rotating: false, key: rotated.key });
      expect(rotated.key).not.toBe(old.key);
      present = next;
    },
  );
});
