import type { Guest } from '../../../guest/guest.js';

/**
 * The host as far as bench could change it, as one text: every file with its inode, times and owner, the content of
 * the configuration, pools, datasets, disks, mounts, units. Left out is what the host itself writes all the time, and
 * bench's lock files, which every attempt touches.
 */
export async function wholeSystem(guest: Guest): Promise<string> {
  const { stdout } = await guest.sh(
    `find /etc /srv /root /opt /usr/local /var/lib /var/spool /home /data -path /var/lib/systemd -prune -o \\
      -path /var/lib/private -prune -o -path '/var/lib/bench/*lock' -o -printf '%p %i %M %U:%G %s %T@ %C@\\n' | sort
    ls -A / /run /dev/shm; find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum
    zpool list -H -o name,guid,size 2>&1; zfs list -H -t all -o name 2>&1; lsblk -o NAME,SIZE,FSTYPE,MOUNTPOINTS
    for disk in /dev/vd?; do wipefs --no-act "$disk"; done; grep -v ' /run/user' /proc/self/mountinfo
    systemctl list-unit-files --no-pager --plain --no-legend
    systemctl list-units --all --no-pager --plain --no-legend 'mariadb*' '*zfs*' '*bench*' '*.mount'`,
    { timeoutMs: 280_000 },
  );
  return stdout;
}
