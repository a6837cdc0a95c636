import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { KeyStatus } from '../../../src/encryption/encryption.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from '../product.js';
import { useGuest } from '../support.js';

/** The key of a bench bound to a TPM: swtpm behind the kernel's own device, which User Mode Linux has not. */
const guest = useGuest({ image: 'product', machine: 'qemu', disks: [{ size: '20G' }] });
const SLOW = { timeout: 900_000 };
const sh = async (script: string) => (await guest().sh(script, { timeoutMs: 580_000 })).stdout.trim();

let content: string;

beforeAll(async () => {
  await sh(`apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends swtpm tpm2-tools libtss2-rc0t64 libtss2-tcti-device0t64
    mkdir -p /var/lib/tpm; cat > /etc/systemd/system/tpm.service <<'UNIT'
[Unit]
DefaultDependencies=no
RequiresMountsFor=/var/lib/tpm
Before=tpm2.target
[Service]
ExecStartPre=modprobe tpm_vtpm_proxy
ExecStart=swtpm chardev --tpm2 --vtpm-proxy --tpmstate dir=/var/lib/tpm --flags startup-clear
ExecStartPost=/bin/sh -c 'until [ -c /dev/tpmrm0 ]; do sleep 0.1; done'
[Install]
WantedBy=sysinit.target
UNIT
    systemctl daemon-reload; systemctl enable --now tpm
    bench new shop; bench config set volume.encryption on -b shop; bench init -b shop --no-escrow --yes`);
  await fillBench(guest(), 'shop');
  content = await contentOf(guest(), 'shop');
}, 900_000);

test('is bound to it by the commands of docs/encryption.md', SLOW, async () => {
  const page = await readFile(new URL('../../../docs/encryption.md', import.meta.url), 'utf8');
  const [, block = ''] = /^```sh\n(cd \/etc\/credstore\.encrypted\n[\s\S]*?)^```$/m.exec(page) ?? [];
  expect(block).toContain('host+tpm2');
  await sh(`set -e\n${block}`);
  await sh('systemctl stop tpm');
  await expect(
    sh('systemd-creds decrypt --name=bench-key-shop /etc/credstore.encrypted/bench-key-shop - > /dev/null'),
  ).rejects.toThrow();
});

test('without the TPM the key is not to be had, which is said, and with it it is', SLOW, async () => {
  await benchJson(guest(), ['key', 'unload', '-b', 'shop', '--yes']);
  const { error } = await benchJson<Failure>(guest(), ['key', 'load', '-b', 'shop'], 1);
  expect(error.message).toContain('bench-key-shop');
  await sh('systemctl start tpm');
  await benchJson(guest(), ['key', 'load', '-b', 'shop']);
  expect(await contentOf(guest(), 'shop')).toBe(content);
});

test('at boot the TPM comes first', SLOW, async () => {
  await rebootFully(guest());
  expect(await sh('systemctl is-active tpm mariadb@shop bench-key-shop || true')).toMatch(
    /^active\nactive\n/,
  );
  expect(await benchJson<KeyStatus>(guest(), ['key', 'status', '-b', 'shop'])).toMatchObject({
    loaded: true,
  });
  expect(await contentOf(guest(), 'shop')).toBe(content);
});

test('a boot without it starts nothing, and says which key is missing', SLOW, async () => {
  await sh('systemctl disable tpm');
  await rebootFully(guest());
  expect(await sh('systemctl is-active mariadb@shop || true')).not.toBe('active');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems.map(({ code }) => code)).toContain('key-not-loaded');
  await sh('systemctl start tpm');
  await sh('bench key load -b shop');
  expect(await contentOf(guest(), 'shop')).toBe(content);
});
