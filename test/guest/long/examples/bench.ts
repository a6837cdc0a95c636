import { type Chapter, confirmed } from './story.js';

const WWN = '/dev/disk/by-id/wwn-0x5000c500a1b2c3d4';

/** A bench from its first line on: made, provisioned, snapshots of it, restores. */
export const bench: Chapter = {
  title: 'a bench',
  guests: { host: { image: 'product', disks: [{ size: '100G', serial: 'disk-a', format: 'ext4' }] } },
  steps: [
    {
      // The disk and the units that examples speak of. By a rule of udev's: zpool waits for the link of the partition too.
      needs: `cat > /etc/udev/rules.d/99-example.rules <<'RULES'
KERNEL=="vdb", SYMLINK+="${WWN.slice('/dev/'.length)}"
KERNEL=="vdb[0-9]", SYMLINK+="${WWN.slice('/dev/'.length)}-part%n"
RULES
      udevadm control --reload; udevadm trigger --settle --action=change /dev/vdb; ls ${WWN}
      for unit in shop-web shop-worker; do
        printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/$unit.service
      done; systemctl daemon-reload; systemctl start shop-web shop-worker`,
    },
    'bench list',
    'bench new shop --port 3310',
    { needs: 'rm -r /srv/benches/shop' },
    { example: 'bench new --interactive', answers: [['Name ', 'shop\\r\\r\\r\\r\\r\\ry']] },
    { needs: 'rm -r /srv/benches/shop' },
    'bench new shop',
    'bench volume discover',
    'bench volume discover --json',
    'bench config set snapshot.lock_timeout 30s',
    'bench config set maintenance.units shop-web.service,shop-worker.service -b shop',
    'bench config get volume.dataset.quota',
    'bench config get volume -b shop --json',
    'bench config check',
    'bench config check ./bench.toml --json',
    'bench init -b shop --dry-run',
    confirmed(`bench init -b shop --wipe-device ${WWN}`, WWN),
    'bench init -b shop',
    'bench init -b shop --yes --json',
    'bench list --json',
    { needs: 'useradd -m alice; bench init -b shop --operator alice' },
    'bench sudoers -b shop',
    'bench sudoers -b shop --operator alice',
    'bench volume set --quota 80G -b shop',
    'bench volume set --quota 80G --reservation 20G -b shop',
    'bench volume status',
    { example: 'bench volume status -b shop --watch', answers: [['write ', 'q']] },
    'bench volume status -b shop --json',
    { needs: 'bench volume snapshot -b shop --tag 20250528-140000' },
    'bench volume snapshot --tag before-upgrade --note "before v15" -b shop',
    'bench volume snapshot',
    'bench volume list-snapshots',
    'bench volume list-snapshots -b shop --json',
    confirmed('bench volume restore-snapshot before-upgrade --keep -b shop', 'before-upgrade'),
    confirmed('bench volume undo-restore -b shop', 'shop'),
    { needs: 'bench volume restore-snapshot before-upgrade --keep -b shop --yes' },
    confirmed('bench volume undo-restore --discard -b shop', 'shop'),
    'bench volume restore-snapshot before-upgrade -b shop --yes',
    confirmed('bench volume restore-snapshot 20250528-140000 -b shop', '20250528-140000'),
    confirmed('bench volume destroy-snapshot 20250528-140000 -b shop', '20250528-140000'),
    { needs: 'for tag in monday tuesday; do bench volume snapshot -b shop --tag $tag; done' },
    'bench volume destroy-snapshot monday tuesday -b shop --yes',
  ],
};
