import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { benchJson, contentOf, type Failure, fillBench } from '../product.js';
import { useGuest } from '../support.js';

/** The key of a bench bound to a TPM: swtpm behind the kernel's own device, which User Mode Linux has not. */
const guest = useGuest({ image: 'product', machine: 'qemu', disks: [{ size: '20G' }] });
const SLOW = { timeout: 900_000 };
const sh = async (script: string) => (await guest().sh(script, { timeoutMs: 580_000 })).stdout.trim();

let content: string;

beforeAll(async () => {
  await sh(`apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends swtpm tpm2-tools libtss2-rc0t64 libtss2-tcti-device0t64
    mkdir -p /var/lib/tpm; modprobe tpm_vtpm_proxy; cat > /root/tpm <<'TPM'
# The kernel asks it for two seconds only, which an emulated machine that is busy does not always keep.
for try in $(seq 10); do
  systemctl reset-failed tpm 2> /dev/null || true
  systemd-run --quiet --unit=tpm swtpm chardev --tpm2 --vtpm-proxy --tpmstate dir=/var/lib/tpm --flags startup-clear
  for wait in $(seq 20); do [ -c /dev/tpmrm0 ] && exit 0; sleep 0.5; done
  systemctl stop tpm
done
exit 1
TPM
    bash /root/tpm
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
  await sh('bash /root/tpm');
  await benchJson(guest(), ['key', 'load', '-b', 'shop']);
  expect(await contentOf(guest(), 'shop')).toBe(content);
});
