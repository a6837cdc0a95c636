import { createHash } from 'node:crypto';
import { armor, Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect, test } from 'vitest';
import type { ChangeJson } from '../../src/output/volumes.js';
import type { Status } from '../../src/status/report.js';
import type { VolumeDetails, VolumeList } from '../../src/volumes/volumes.js';
import { benchJson, type Failure, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 120_000 })).stdout.trim();
const volume = <T = ChangeJson>(line: string) => benchJson<T>(guest(), ['volume', ...line.split(' ')]);
const refused = async (exitCode: number, line: string) =>
  (await benchJson<Failure>(guest(), ['volume', ...line.split(' ')], exitCode)).error;
const show = (name: string) => volume<VolumeDetails>(`show ${name}`);
const PATH = '/srv/benches/shop/sites/secrets';
const problems = async () =>
  (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems.map(({ code }) => code);
let id: string;

test('a volume with a key of its own is made only with a copy of the key put away', async () => {
  const identity = await generateX25519Identity();
  expect(await refused(3, 'create secrets 200M --encrypted')).toMatchObject({ code: 'escrow-needed' });
  expect(await refused(2, 'create secrets 200M --no-escrow')).toMatchObject({ code: 'wrong-usage' });
  expect(
    await sh(
      'zfs list -H -o name -r bench-pool; ls /etc/credstore.encrypted /etc/systemd/system | grep bench-volume || true',
    ),
  ).toBe('bench-pool\nbench-pool/shop');
  const made = await volume(
    `create secrets 200M --encrypted --escrow /root/secrets.age --recipient ${await identityToRecipient(identity)}`,
  );
  id = made.volume?.id ?? '';
  expect(made.volume).toMatchObject({ encrypted: true, status: 'available' });
  expect(await sh('zfs get -H -o value encryption,encryptionroot bench-pool/_volumes/secrets')).toBe(
    'aes-256-gcm\nbench-pool/_volumes/secrets',
  );
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const key = await decrypter.decrypt(armor.decode(await guest().read('/root/secrets.age')));
  expect(createHash('sha256').update(key).digest('hex')).toBe(
    (await sh(`sha256sum < /run/bench/keys/volume.${id}`)).split(' ')[0],
  );
  await volume('create vm-data 64M --type block --format ext4 --encrypted --no-escrow');
  expect(await sh('blkid -s TYPE -o value /dev/zvol/bench-pool/_volumes/vm-data')).toBe('ext4');
});

test('it goes along with its bench, also where a restore has ZFS forget its key', async () => {
  await volume('attach secrets -b shop --path sites/secrets');
  await sh(`echo one > ${PATH}/f`);
  await volume('snapshot -b shop --tag one');
  await sh(`echo two > ${PATH}/f`);
  await volume('restore-snapshot one --keep -b shop --yes');
  expect(await sh(`cat ${PATH}/f`)).toBe('one');
  await volume('undo-restore -b shop --yes');
  expect(await sh(`cat ${PATH}/f`)).toBe('two');
  await volume('undo-restore --discard -b shop --yes');
  await volume('restore-snapshot one -b shop --yes');
  expect(await sh(`cat ${PATH}/f`)).toBe('one');
});

test('a boot loads the keys of all of them before the bench starts', async () => {
  await rebootFully(guest());
  expect(await sh(`cat ${PATH}/f; systemctl is-active mariadb@shop`)).toBe('one\nactive');
  for (const name of ['secrets', 'vm-data'])
    expect(await show(name)).toMatchObject({ encrypted: true, keyLoaded: true });
  expect((await problems()).filter((code) => code !== 'snapshot-none')).toEqual([]);
});

test('under another name and without its key it is told, and attaching it loads that again', async () => {
  await volume('detach secrets -b shop');
  await volume('rename secrets private');
  await sh(`zfs unload-key bench-pool/_volumes/private; rm /run/bench/keys/volume.${id}`);
  expect(await show('private')).toMatchObject({ encrypted: true, keyLoaded: false });
  await sh(`mv /etc/credstore.encrypted/bench-key-volume.${id} /root/credential`);
  expect(await refused(3, 'create copy --from private')).toMatchObject({ code: 'key-missing' });
  await sh(`mv /root/credential /etc/credstore.encrypted/bench-key-volume.${id}`);
  await volume('create copy --from private');
  expect(await show('copy')).toMatchObject({ encrypted: true, keyLoaded: true });
  await volume('delete copy --yes');
  await sh('zfs unload-key bench-pool/_volumes/private');
  await volume('attach private -b shop --path sites/secrets');
  expect(await sh(`cat ${PATH}/f`)).toBe('one');
  await volume('detach private -b shop');
});

test('deleted, it leaves its key, which copies elsewhere may need', async () => {
  expect((await volume('delete private --yes')).notes.join(' ')).toContain(
    `Its key stays where it lies (/etc/credstore.encrypted/bench-key-volume.${id})`,
  );
  const { volumes } = await volume<VolumeList>('list');
  expect(volumes.filter(({ role }) => role === 'data').map(({ name }) => name)).toEqual(['vm-data']);
});
