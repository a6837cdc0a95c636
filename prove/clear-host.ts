import type { Guest } from '../guest/guest.js';

const CLEAR = `systemctl disable --now mariadb@shop
for mount in /srv/benches/shop /var/lib/mysql-shop; do umount $mount; chattr -i $mount; done
zpool destroy bench-pool; wipefs -aq /dev/vdb1 /dev/vdb9 /dev/vdb; udevadm settle
chattr -i /bench-pool; rm -rf /bench-pool /srv/benches/shop* /var/lib/mysql-shop* /var/lib/bench/shop /data/*
sed -i /shop/d /etc/fstab
find /etc/systemd/system /etc/mysql -name '*shop*' -prune -exec rm -rf {} +
systemctl daemon-reload; systemctl reset-failed; mkdir -p /data`;

/**
 * Takes away all that `bench init` has made of the bench `shop`, whatever state that is in, so that the next one begins
 * at the beginning. For disposable machines only.
 */
export async function clearHost(guest: Guest): Promise<void> {
  await guest.survey(CLEAR, { timeoutMs: 280_000 });
}
