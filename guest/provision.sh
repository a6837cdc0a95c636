#!/bin/sh
# Run by mmdebstrap as a customize hook: turns the unpacked Debian in $1 into the guest, whatever machine it is for.
#   AUTHORIZED_KEY the public half of the key that the tests log in with
set -eu
root=$1

echo '>>> configuring the guest'
mkdir -p "$root/root/.ssh"
echo "$AUTHORIZED_KEY" > "$root/root/.ssh/authorized_keys"
chmod 700 "$root/root/.ssh"
chmod 600 "$root/root/.ssh/authorized_keys"

# Without PAM a login starts no session in logind, which halves the cost of each one under emulation.
cat > "$root/etc/ssh/sshd_config.d/bench-guest.conf" <<'CONF'
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
MaxSessions 100
MaxStartups 100
CONF

echo bench-guest > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 bench-guest\n::1 localhost\n' > "$root/etc/hosts"
echo 'nameserver 10.0.2.3' > "$root/etc/resolv.conf"
echo 'LABEL=root / ext4 defaults 0 1' > "$root/etc/fstab"

# With an empty machine-id the first boot would apply presets, and enable what is disabled below.
chroot "$root" systemd-machine-id-setup

# The address that QEMU's user network, and passt in its place, give the guest; asking DHCP for it costs seconds.
cat > "$root/etc/systemd/network/eth0.network" <<'CONF'
[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
LinkLocalAddressing=no
IPv6AcceptRA=no
CONF
chroot "$root" systemctl enable systemd-networkd.service
chroot "$root" systemctl disable systemd-networkd-wait-online.service
chroot "$root" systemctl set-default multi-user.target

# What goes wrong is also told on the serial console, for when nobody can log in any more.
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/var/log/journal"
cat > "$root/etc/systemd/journald.conf.d/bench-guest.conf" <<'CONF'
[Journal]
Storage=persistent
ForwardToConsole=yes
TTYPath=/dev/ttyS0
MaxLevelConsole=warning
CONF

# As on a host whose operator has no use for the default instance: there, disabled, never masked.
chroot "$root" systemctl disable mariadb.service

# What a test machine does not need and pays for at each boot, or would start after a jump of the clock.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer man-db.timer dpkg-db-backup.timer \
  fstrim.timer logrotate.timer mdcheck_start.timer mdcheck_continue.timer mdmonitor-oneshot.timer \
  networking.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount getty@tty1.service \
  serial-getty@ttyS0.service systemd-journal-catalog-update.service ldconfig.service \
  systemd-update-done.service systemd-hwdb-update.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
