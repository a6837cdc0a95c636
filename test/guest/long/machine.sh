#!/bin/bash
# Makes, of Debian packages, a kernel and an initramfs for a machine that is told to read and write /dev/vdb, and ends.
set -eu
mkdir -p /root/machine/tree/bin
cd /root/machine
apt-get -qy --no-install-recommends install qemu-system-x86 seabios busybox-static cpio xz-utils > apt.log 2>&1
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')
apt-get -q download "$package" >> apt.log 2>&1
dpkg -x linux-image-*.deb .
cp boot/vmlinuz-* kernel
find usr/lib/modules -name virtio_blk.ko.xz -exec xz -dc {} ';' > tree/virtio_blk.ko
cp /bin/busybox tree/bin/
cat > tree/init <<'END'
#!/bin/busybox sh
/bin/busybox mkdir -p /dev /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t sysfs none /sys
/bin/busybox insmod /virtio_blk.ko
for i in 1 2 3 4 5 6 7 8 9; do [ -b /dev/vdb ] && break; /bin/busybox sleep 1; done
echo "serial $(/bin/busybox cat /sys/block/vdb/serial) sectors $(/bin/busybox cat /sys/block/vdb/size) ro $(/bin/busybox cat /sys/block/vdb/ro)"
echo "read $(/bin/busybox head -c 4 /dev/vdb)"
echo from the machine | /bin/busybox dd of=/dev/vdb bs=512 seek=2048 conv=fsync 2> /dev/null && echo written || echo refused
echo ended
/bin/busybox poweroff -f
END
chmod 755 tree/init
(cd tree && find . | cpio --quiet -o -H newc) | gzip > initrd
