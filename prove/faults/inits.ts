import type { Guest } from '../../guest/guest.js';
import { benchJson, contentOf, fillBench } from '../../test/guest/product.js';
import { clearHost } from '../clear-host.js';
import type { Operation } from './walk.js';

const toml = (volume: string) =>
  `[bench]\nname = "shop"\n[mariadb]\nport = 3307\n[volume]\n${volume}\n[volume.dataset]\nquota = "8G"\nreservation = "1G"\n`;
export const DEVICE = 'backing = "device"\ndevice = "/dev/vdb"';
const IMAGE = 'backing = "image"\n[volume.image]\nsize = "10G"\npath = "/data/pool.img"';

/** A bench that lives outside of ZFS, with files and a running MariaDB. */
const ORIGINAL = `mkdir -p /srv/benches/shop/sites /srv/benches/shop/apps; cp /root/bench.toml /srv/benches/shop/
echo '{"maintenance_mode": 0}' > /srv/benches/shop/sites/common_site_config.json
cat > /etc/mysql/mariadb.conf.d/70-shop.cnf <<'CNF'
[mariadbd.shop]
datadir = /var/lib/mysql-shop
socket = /run/mysqld/mysqld-shop.sock
port = 3307
CNF
install -d -o mysql -g mysql -m 700 /var/lib/mysql-shop; systemctl enable --now mariadb@shop`;

async function requireWhole(guest: Guest): Promise<void> {
  const done = await benchJson<{ changed: boolean }>(guest, ['init', '-b', 'shop']);
  if (done.changed) throw new Error('a second init has changed something');
}

/** A new bench: nothing to lose but what the host had before. */
function fresh(title: string, volume: string): Operation {
  return {
    title,
    argv: ['init', '-b', 'shop'],
    bench: 'shop',
    cases: 'chain',
    prepare: async (guest) => {
      await clearHost(guest);
      await guest.write('/srv/benches/shop/bench.toml', toml(volume));
    },
    intact: async (guest) => {
      await guest.sh('ls /root/faults; findmnt --verify > /dev/null');
    },
    done: requireWhole,
  };
}

/** A bench with data: they are whole somewhere at each moment, and in their new place at the end. */
export function moved(title: string, volume: string): Operation {
  let content = '';
  return {
    ...fresh(title, volume),
    prepare: async (guest) => {
      await clearHost(guest);
      await guest.write('/root/bench.toml', toml(volume));
      await guest.sh(ORIGINAL, { timeoutMs: 280_000 });
      await fillBench(guest, 'shop');
      content = await contentOf(guest, 'shop');
    },
    intact: async (guest) => {
      const files = content.split('\n').at(-3) ?? '';
      const { stdout } = await guest.sh(
        `for place in /srv/benches/shop /srv/benches/shop.before-zfs-*; do
          cd $place/sites 2> /dev/null && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
        done; ls -d /var/lib/mysql-shop/app /var/lib/mysql-shop.before-zfs-*/app`,
        { check: false },
      );
      if (!stdout.includes(files)) throw new Error(`the files are nowhere whole:\n${stdout}`);
      if (!stdout.includes('/app')) throw new Error('the database is nowhere');
    },
    done: async (guest) => {
      await requireWhole(guest);
      const now = await contentOf(guest, 'shop');
      if (now !== content) throw new Error(`the content is ${now} instead of ${content}`);
    },
  };
}

/** Each for a machine of its own. */
export const initialisations: readonly Operation[] = [
  fresh('init (disk)', DEVICE),
  fresh('init (image)', IMAGE),
  moved('init (disk, existing data)', DEVICE),
  moved('init (image, existing data)', IMAGE),
];
