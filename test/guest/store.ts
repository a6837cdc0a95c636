import type { Guest } from '../../guest/guest.js';

/** A store for copies in a guest, and the key of it. */
export const STORE = {
  endpoint: 'http://127.0.0.1:5000',
  bucket: 'copies',
  accessKey: 'AKIAPLANTEDKEY',
  secret: 'planted-s3cr3t-0123456789abcdef',
  credentials: '/etc/bench-offsite.key',
  identity: '/root/identity.txt',
} as const;

/** Debian's moto, which keeps everything in memory and answers what S3 answers; and a bucket in it. */
export const startingMoto = `systemd-run --quiet --unit=moto moto_server -H 127.0.0.1 -p 5000
  until node -e "fetch('${STORE.endpoint}/${STORE.bucket}', { method: 'PUT' }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
  do sleep 0.3; done`;

export async function startMoto(guest: Guest): Promise<void> {
  await guest.sh(startingMoto);
}

/** [offsite] of a bench, with a key of age, as an operator would fill it. */
export const settingUpOffsite = (bench: string, endpoint: string = STORE.endpoint) =>
  `install -m 600 /dev/null ${STORE.credentials}
  printf '[default]\\naws_access_key_id = ${STORE.accessKey}\\naws_secret_access_key = ${STORE.secret}\\n' > ${STORE.credentials}
  [ -e ${STORE.identity} ] || age-keygen -o ${STORE.identity} 2>/dev/null
  set_key() { bench config set "offsite.$1" "$2" -b ${bench} > /dev/null; }
  set_key credentials ${STORE.credentials}; set_key recipients "$(age-keygen -y ${STORE.identity})"
  set_key endpoint ${endpoint}; set_key url s3://${STORE.bucket}/hosts/one`;

export async function setUpOffsite(guest: Guest, bench: string, endpoint?: string): Promise<void> {
  await guest.sh(settingUpOffsite(bench, endpoint));
}

/** moto lets nobody write who shows no signature, and looks at none. */
const SIGNED =
  "{ authorization: 'AWS4-HMAC-SHA256 Credential=x/20270101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x' }";

/** Keys below the prefix of a bench, in order. */
export async function storedKeys(guest: Guest, bench: string): Promise<string[]> {
  const { stdout } = await guest.sh(
    `node -e "fetch('${STORE.endpoint}/${STORE.bucket}?list-type=2&prefix=hosts/one/${bench}/').then((r) => r.text()).then((t) => console.log([...t.matchAll(/<Key>([^<]*)/g)].map((m) => m[1]).join('\\n')))"`,
  );
  return stdout.split('\n').filter(Boolean);
}

/** Changes one byte in the middle of an object. */
export async function damage(guest: Guest, key: string): Promise<void> {
  await guest.sh(`node -e "
    const url = '${STORE.endpoint}/${STORE.bucket}/${key}';
    const headers = ${SIGNED};
    fetch(url, { headers }).then(async (r) => { const b = Buffer.from(await r.arrayBuffer()); b[b.length >> 1] ^= 1;
      const p = await fetch(url, { method: 'PUT', body: b, headers: { ...headers, 'content-type': 'application/octet-stream' } });
      if (!p.ok) { console.error(p.status, await p.text()); process.exit(1); } })"`);
}

export async function removeObject(guest: Guest, key: string): Promise<void> {
  await guest.sh(
    `node -e "fetch('${STORE.endpoint}/${STORE.bucket}/${key}', { method: 'DELETE', headers: ${SIGNED} }).then((r) => process.exit(r.ok ? 0 : 1))"`,
  );
}
