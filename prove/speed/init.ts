import type { Guest } from '../../guest/guest.js';
import { clearHost } from '../clear-host.js';
import { timedSuccess } from '../timed.js';
import { BENCH_TOML, type Comparison, SOCKET } from './comparison.js';

/**
 * What somebody types who knows how: the same pool, dataset, mounts, instance and directories, nothing looked at
 * before and nothing proved after.
 */
const BY_HAND = `zpool create -o ashift=12 -o autotrim=on -O mountpoint=/bench-pool bench-pool /dev/vdb
zfs create -o recordsize=16K -o compression=zstd -o atime=off -o xattr=sa -o acltype=posix -o quota=8G \\
  -o reservation=1G -o direct=disabled bench-pool/shop
cd /bench-pool/shop
mkdir -p benches/apps benches/sites benches/env benches/logs benches/config mariadb
echo '{"maintenance_mode": 0}' > benches/sites/common_site_config.json
chown mysql:mysql mariadb; chmod 700 mariadb
mkdir -p /srv/benches/shop /var/lib/mysql-shop
cat >> /etc/fstab <<'FSTAB'
/bench-pool/shop/benches /srv/benches/shop none bind,nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service 0 0
/bench-pool/shop/mariadb /var/lib/mysql-shop none bind,nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service 0 0
FSTAB
systemctl daemon-reload
mount /srv/benches/shop; mount /var/lib/mysql-shop
cat > /etc/mysql/mariadb.conf.d/90-shop.cnf <<'CNF'
[mariadbd.shop]
datadir = /var/lib/mysql-shop
socket = ${SOCKET}
port = 3307
bind-address = 127.0.0.1
skip-log-error
plugin-load-add = metadata_lock_info
innodb_flush_neighbors = 0
innodb_use_native_aio = 0
CNF
runuser -u mysql -- mariadb-install-db --defaults-group-suffix=.shop --datadir=/var/lib/mysql-shop --rpm \\
  --auth-root-authentication-method=socket --auth-root-socket-user=mysql --skip-test-db > /dev/null
systemctl enable --now mariadb@shop
until mariadb-admin --socket=${SOCKET} ping > /dev/null 2>&1; do sleep 0.2; done`;

/** `bench init` of a new bench against the bare commands, in turns; leaves the bench that bench has made. */
export async function compareInit(guest: Guest, runs: number): Promise<Comparison> {
  const [bench, byHand]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    await clearHost(guest);
    byHand.push((await timedSuccess(guest, BY_HAND)).seconds);
    await clearHost(guest);
    await guest.write('/srv/benches/shop/bench.toml', BENCH_TOML);
    bench.push((await timedSuccess(guest, 'bench init -b shop')).seconds);
  }
  return { what: '`bench init`, s', bench, bare: byHand };
}
