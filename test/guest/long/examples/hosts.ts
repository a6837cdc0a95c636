import { agreed, type Chapter, confirmed } from './story.js';

/** A promotion that ends when the source was told to leave the bench, and nothing was taken up yet. */
const GIVEN_UP = `mkdir /root/beside; cat > /root/beside/zfs <<'ZFS'
#!/bin/sh
case "$1" in rename | set | inherit | release) kill -9 $PPID; exit 1 ;; esac
exec /usr/sbin/zfs "$@"
ZFS
      chmod +x /root/beside/zfs; (PATH=/root/beside:$PATH bench promote shop --yes) || true; rm -r /root/beside`;

/** Copies on another host, and the way over to it. */
export const hosts: Chapter = {
  title: 'another host',
  guests: {
    host: { image: 'bench' },
    backup1: { image: 'product', disks: [{ size: '20G' }] },
  },
  steps: [
    { needs: 'zpool create -o ashift=12 -O mountpoint=/bench-pool bench-pool /dev/vdb', on: 'backup1' },
    'bench replicate setup backup1 -b shop --dry-run',
    agreed('bench replicate setup backup1 -b shop --schedule "*:0/15"'),
    'bench replicate run -b shop',
    'bench replicate run -b shop --no-snapshot',
    'bench replicate status -b shop',
    { needs: 'systemctl stop mariadb@shop' },
    { needs: GIVEN_UP, on: 'backup1' },
    { needs: 'cat /var/lib/bench/shop/superseded.json' },
    'bench replicate reclaim -b shop',
    { needs: '[ ! -e /var/lib/bench/shop/superseded.json ]; bench init -b shop --yes' },
    confirmed('bench move shop --to backup1', 'shop'),
    // What was here is the copy now, and is taken up when the other host does not run the bench.
    { needs: 'bench replicate run -b shop; systemctl stop mariadb@shop', on: 'backup1' },
    'bench promote shop --dry-run',
    confirmed('bench promote shop', 'shop'),
    { example: 'bench replicate reverse -b shop --dry-run', on: 'backup1' },
  ],
};
