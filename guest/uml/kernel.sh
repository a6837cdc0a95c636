#!/bin/sh
# Run by mmdebstrap as its customize hook: builds, in the Debian unpacked in $1, Linux for User Mode Linux and OpenZFS'
# module for it. What comes of it lies in $1/out: `linux`, and `lib/modules`.
set -eu
root=$1
here=$(dirname "$0")

mkdir -p "$root/build" "$root/out"
cp "$here/kernel.config" "$here"/patches/*.patch "$root/build/"

cat > "$root/build/inside.sh" <<'SCRIPT'
set -eu
cd /build
jobs=$(nproc)

apt-get download -qq zfs-dkms
dpkg-deb -x zfs-dkms_*.deb zfs-package
zfs=$(echo /build/zfs-package/usr/src/zfs-*)

# The newest kernel that this release of OpenZFS says it builds with.
newest=$(sed -n 's/^Linux-Maximum: *//p' "$zfs/META")
version=
for package in $(apt-cache search --names-only '^linux-source-[0-9.]+$' | cut -d' ' -f1 | sort -V); do
  candidate=${package#linux-source-}
  if [ "$(printf '%s\n' "$candidate" "$newest" | sort -V | tail -1)" = "$newest" ]; then version=$candidate; fi
done
[ -n "$version" ] || { echo "no linux-source package up to $newest, which OpenZFS needs"; exit 1; }
apt-get download -qq "linux-source-$version"

echo ">>> unpacking Linux $version"
dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO "./usr/src/linux-source-$version.tar.xz" > linux.tar.xz
tar -xJf linux.tar.xz
rm linux.tar.xz
cd "linux-source-$version"
for patch in /build/*.patch; do patch -p1 -s < "$patch"; done

echo ">>> compiling Linux $version"
make -s ARCH=um x86_64_defconfig
scripts/kconfig/merge_config.sh -m -Q .config /build/kernel.config > /dev/null
make -s ARCH=um olddefconfig
make -s ARCH=um -j "$jobs" all
make -s ARCH=um INSTALL_MOD_PATH=/out INSTALL_MOD_STRIP=1 modules_install
strip -o /out/linux linux
cp .config /out/config
release=$(make -s ARCH=um kernelrelease)

echo '>>> compiling the ZFS module for it'
cd "$zfs"
export KERNEL_ARCH=um
./configure -q --disable-dependency-tracking --prefix=/usr --with-config=kernel \
  --with-linux="/build/linux-source-$version" --with-linux-obj="/build/linux-source-$version"
make -s -j "$jobs" -C module
make -s -C module modules_install INSTALL_MOD_PATH=/out INSTALL_MOD_STRIP=1 DEPMOD=true
depmod -b /out "$release"
SCRIPT
chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 sh /build/inside.sh
