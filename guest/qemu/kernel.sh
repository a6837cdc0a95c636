#!/bin/sh
# Run by mmdebstrap as a customize hook, on the Debian unpacked in $1: Debian's kernel with OpenZFS for it.
#   ZFS_PACKAGES   what to install once the kernel headers are there
set -eu
root=$1

echo '>>> compiling the ZFS module'
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $ZFS_PACKAGES

# Only the drivers that the root disk of this machine needs: unpacking a general initrd takes seconds.
echo 'MODULES=list' > "$root/etc/initramfs-tools/conf.d/bench-guest"
printf 'virtio_pci\nvirtio_blk\next4\n' >> "$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all
