import { type Chapter, confirmed } from './story.js';

export const volumes: Chapter = {
  title: 'data volumes',
  guests: { host: { image: 'product', disks: [{ size: '400G', serial: 'disk-a' }] } },
  steps: [
    {
      needs: `for bench in shop test; do bench new $bench; bench init -b $bench --yes; done; useradd frappe
        mkdir /srv/out`,
    },
    'bench volume create uploads 50G --description "customers\' files" --label tier=gold',
    'bench volume create vm-data 100GB --type block',
    'bench volume create vm-home 20G --type block --format ext4 --reserve',
    'bench volume list',
    { needs: 'bench volume snapshot --volume uploads --tag 20250528-140000' },
    'bench volume create uploads-test --from uploads@20250528-140000',
    'bench volume list --status available --unused-for 30d',
    'bench volume list --search tier=gold --json',
    'bench volume show uploads',
    'bench volume show uploads --json',
    'bench volume snapshot --volume vm-data',
    'bench volume attach uploads -b shop --path sites/uploads',
    { needs: 'bench volume create models 10G' },
    'bench volume attach models -b shop --path models --read-only',
    'bench volume attach models -b test --path models --overlay 1G',
    'bench volume attach vm-data --machine web1 --print qemu',
    { needs: 'echo private > /srv/benches/test/models/private' },
    'bench volume detach models -b test --keep-as models-test',
    'bench volume detach vm-data --machine web1',
    'bench volume resize uploads 80G',
    'bench volume detach uploads -b shop',
    'bench volume rename uploads uploads-2024',
    {
      needs: `cd /root; mkdir files; echo hello > files/h; tar -C files -caf uploads.tar.zst .
        bench volume delete vm-data --yes; mke2fs -q -t ext4 disk.img 50M
        DEBIAN_FRONTEND=noninteractive apt-get update -qq && apt-get install -qq -y qemu-utils > /dev/null
        qemu-img convert -O qcow2 disk.img disk.qcow2`,
    },
    { example: 'bench volume import uploads.tar.zst uploads --size 50G --owner frappe', at: '/root' },
    { example: 'bench volume import disk.qcow2 vm-data', at: '/root' },
    'bench volume export vm-data /srv/out/vm-data.qcow2 --format qcow2',
    { needs: 'bench volume snapshot --volume vm-data --tag 20250528-140000; rm /root/disk.img' },
    {
      example: 'bench volume export vm-data disk.img --format raw --snapshot 20250528-140000',
      at: '/root',
    },
    { needs: 'bench volume delete vm-data --yes' },
    {
      example: 'bench volume import disk.img vm-data --size 100G --description "of the old host"',
      at: '/root',
    },
    confirmed('bench volume delete uploads', 'uploads'),
    { needs: 'bench volume create uploads 1G' },
    'bench volume repair uploads',
    'bench volume delete uploads --yes',
    {
      needs: 'zfs create -o canmount=noauto -o bench:made=create -o bench:id=abc bench-pool/_volumes/half',
    },
    'bench volume repair',
    { needs: '! zfs list bench-pool/_volumes/half' },
  ],
};
