import type { Guest } from '../../guest/guest.js';
import type { Status } from '../../src/status/status.js';
import { benchJson } from './product.js';

/** A process of the bench `shop` that is started at boot and writes into its directory. */
export const WEB = `
cat > /etc/systemd/system/shop-web.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'mkdir -p /srv/benches/shop/logs; while :; do date +%%s >> /srv/benches/shop/logs/web.log; sleep 5; done'
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload; systemctl enable --quiet shop-web.service`;

/** A bench.toml of the bench `shop` with that process, and an instance of this name. */
export function shopToml(instance: string): string {
  return `[bench]\nname = "shop"\n[mariadb]\ninstance = "${instance}"\nport = 3307\n[maintenance]\nunits = ["shop-web.service"]\n`;
}

/** Every file and directory below the mounts of the bench `shop`, with the times of their last change. */
export async function belowTheMounts(guest: Guest, dataDir: string): Promise<string> {
  const { stdout } = await guest.sh(`mkdir -p /run/below/root /run/below/pool; cd /run/below
    mount --bind / root; paths="root/bench-pool root/srv/benches/shop root${dataDir}"
    if findmnt /bench-pool >/dev/null; then mount --bind /bench-pool pool; paths="$paths pool/shop"; fi
    find $paths -printf '%p %y %u %m %T@ %C@\\n' | sort; cd /
    umount /run/below/root; if findmnt /run/below/pool >/dev/null; then umount /run/below/pool; fi`);
  return stdout;
}

/** What a boot has made of the units of the bench `shop`: whether the host is up, MariaDB, its other process. */
export async function bootedUnits(guest: Guest, unit: string): Promise<string[]> {
  const { stdout } = await guest.run(
    ['systemctl', 'is-active', 'multi-user.target', unit, 'shop-web.service'],
    { check: false },
  );
  return stdout.trim().split('\n');
}

export const UP = ['active', 'active', 'active'];
export const HELD_BACK = ['active', 'inactive', 'inactive'];

export function statusOf(guest: Guest): Promise<Status> {
  return benchJson<Status>(guest, ['volume', 'status', '-b', 'shop']);
}

/** `code: fix` of every problem. */
export async function problemsOf(guest: Guest): Promise<string[]> {
  return (await statusOf(guest)).problems.map(({ code, fix }) => `${code}: ${fix}`);
}

/** Runs the command that `bench volume status` gives for the first problem, to the letter. */
export async function mendFirst(guest: Guest): Promise<void> {
  const [first] = (await statusOf(guest)).problems;
  await guest.run(['sh', '-c', first?.fix ?? 'exit 1'], { timeoutMs: 280_000 });
}
