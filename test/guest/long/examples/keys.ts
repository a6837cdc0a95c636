import { agreed, type Chapter } from './story.js';

const RECIPIENT = '"$(age-keygen -y /root/me.txt)"';
const PASSPHRASE = 'planted-passphrase-7391';

export const keys: Chapter = {
  title: 'the key of an encrypted bench',
  guests: {
    host: {
      image: 'product',
      disks: [
        { size: '20G', serial: 'disk-a' },
        { size: '64M', serial: 'key-disk', format: 'ext4' },
      ],
    },
  },
  steps: [
    {
      needs: `mkdir -p /media/keys /media/usb; age-keygen -o /root/me.txt
        echo '/dev/disk/by-id/virtio-key-disk /media/keys ext4 nofail,x-systemd.device-timeout=25s 0 2' >> /etc/fstab
        systemctl daemon-reload; mount /media/keys; bench new shop
        bench config set volume.encryption on -b shop; bench config set volume.key file:/media/keys/shop.key -b shop
        bench init -b shop --yes --no-escrow`,
    },
    'bench key status',
    'bench key status -b shop --json',
    {
      example: 'bench key export /media/usb/shop-key.age -b shop',
      answers: [
        ['Passphrase for the export: ', `${PASSPHRASE}\\r`],
        ['The same again: ', `${PASSPHRASE}\\r`],
      ],
    },
    { needs: 'rm /media/usb/shop-key.age' },
    {
      example: 'bench key export /media/usb/shop-key.age -b shop --recipient age1…',
      typed: `bench key export /media/usb/shop-key.age -b shop --recipient ${RECIPIENT}`,
    },
    'bench key rotate -b shop --no-escrow --dry-run',
    { needs: 'rm /media/usb/shop-key.age' },
    {
      ...agreed('bench key rotate -b shop --escrow /media/usb/shop-key.age --recipient age1…'),
      typed: `bench key rotate -b shop --escrow /media/usb/shop-key.age --recipient ${RECIPIENT}`,
    },
    'bench key unload -b shop --dry-run',
    'bench key unload -b shop --yes',
    'bench key load -b shop',
    { needs: 'bench key unload -b shop --yes; cp /media/usb/shop-key.age /root' },
    { example: 'bench key load -b shop --file shop-key.age --identity me.txt', at: '/root' },
  ],
};
