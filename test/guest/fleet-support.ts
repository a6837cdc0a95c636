import { readFile } from 'node:fs/promises';
import type { Guest } from '../../guest/guest.js';

/** The blocks of docs/fleet.md with this word behind `sh`, as somebody pastes them. */
export async function blocksOf(word: string): Promise<string> {
  const page = await readFile(new URL('../../docs/fleet.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh (\w+)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, name, block = '']) => (name === word ? block : [])).join('');
}

/**
 * etcd on a guest, by the page, word by word; every guest reaches it as `etcd1:2379`, and has what it needs to come in.
 */
export async function startEtcd(etcd: Guest, guests: Readonly<Record<string, Guest>>): Promise<void> {
  const blocks = (await blocksOf('etcd')).replace(
    'apt-get install',
    'apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends',
  );
  const port = await etcd.forward('127.0.0.1:2379');
  await Promise.all(Object.values(guests).map((guest) => reach(guest, guest === etcd ? undefined : port)));
  await etcd.sh(
    `cat > /root/page.sh <<'PAGE'\n${blocks}\nexport -p | grep ETCDCTL > etcdctl.env\nPAGE\nbash -ex /root/page.sh > /root/page.log 2>&1 || { tail -n 60 /root/page.log; exit 1; }`,
    { timeoutMs: 180_000 },
  );
  for (const [name, guest] of Object.entries(guests)) {
    const { stdout } = await etcd.sh(
      `cd /root/fleet && tar -c ca.pem ${name}.pem ${name}.key password | base64 -w 0`,
    );
    await guest.sh(
      `install -d -m 700 /etc/bench/fleet && base64 -d <<< '${stdout.trim()}' | tar -x -C /etc/bench/fleet`,
    );
  }
}

/** The guests of tests have no network of their own between them: what the name leads to is a port of the host's. */
async function reach(guest: Guest, port: number | undefined): Promise<void> {
  // Not the address that the others' connections end at, so that one of the ways can be cut.
  if (port === undefined) await guest.sh(`echo '127.0.0.3 etcd1' >> /etc/hosts`);
  else
    await guest.sh(
      `echo '127.0.0.2 etcd1' >> /etc/hosts
cat > /etc/systemd/system/etcd-way.service <<'UNIT'
[Service]
ExecStart=/usr/lib/systemd/systemd-socket-proxyd 10.0.2.2:${port}
UNIT
cat > /etc/systemd/system/etcd-way.socket <<'UNIT'
[Socket]
ListenStream=127.0.0.2:2379
UNIT
systemctl daemon-reload; systemctl start etcd-way.socket`,
    );
}

/** Lets a guest in as the page says it, under its own name. */
export async function letIn(guest: Guest, name: string, more: readonly string[] = []): Promise<void> {
  const line =
    (await blocksOf('web1')).split('\n').find((each) => each.startsWith('bench fleet setup')) ?? '';
  const words = line.replaceAll('web1', name).replace(/ --label \S+/, '');
  await guest.sh(`${words} ${more.join(' ')} --yes`);
}
