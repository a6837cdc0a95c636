import type { Guest } from '../../../guest/guest.js';

export interface Made {
  name: string;
  pool: string;
  port: number;
  /** What the pool lies on. */
  backing: string;
}

/** Properties that tell when something was made or how much is in it by now. */
const VARYING =
  'creation|guid|objsetid|createtxg|used|usedby[a-z]*|available|referenced|written|logical[a-z]*|refcompressratio|' +
  'compressratio|snapshots_changed|load_guid|snapshot_count';

/** Everything that is in one directory; of what changes while the bench runs, only that it is there. */
const TREE = `tree() {
  find . -name .bench-volume -prune -o -path ./logs/web.log -prune -o -path . -prune -o \
    ! -path ./logs ! -path ./bench.toml -printf '%y %M %U:%G links=%n %s bytes %T@ %p -> %l\\n' | sort
  find . -type d -printf '%M %U:%G %p\\n' | sort
  find . -type f ! -name .bench-volume ! -path ./logs/web.log ! -path ./bench.toml -print0 | sort -z | xargs -0 sha256sum
  # One line a file.
  { getfacl -R -n -p -s .; getfattr -R -h -d -m - .; } | awk 'BEGIN { RS = "" } { gsub("\\n", "|"); print }'
  cat bench.toml; stat -c '%A %U' bench.toml logs/web.log 2>&1
  if [ -e sparse ]; then echo "sparse $(( $(du -k sparse | cut -f1) < 1000 ))"; fi
}`;

/**
 * All that init leaves behind, as one text that is the same for two benches that were made in the same way: dataset,
 * mounts, fstab, units, every file with owner, mode, times and attributes, the original, the directories below the mounts.
 */
export async function wholeBench(guest: Guest, { name, pool, port, backing }: Made): Promise<string> {
  const mounts = `srv-benches-${name}.mount var-lib-mysql\\\\x2d${name}.mount`;
  const stdout = await guest.survey(
    `${TREE}
    unit() { systemctl show -p Id,ActiveState,SubState,Result,UnitFileState,NeedDaemonReload,FragmentPath,DropInPaths "$1"; }
    echo '== ZFS'
    zpool get -H -o property,value ashift,autotrim,readonly,health ${pool}
    for dataset in ${pool} ${pool}/${name}; do
      zfs get -H -o property,value,source all $dataset | grep -vP '^(${VARYING})\\t'
    done
    zfs list -H -t all -r -o name ${pool}
    echo '== etc'
    grep ${name} /etc/fstab; sort /etc/fstab | uniq -d
    find /etc -name '*${name}*' -printf '%y %M %u:%g %p -> %l\\n' | sort
    grep -rlI ${name} /etc/systemd /etc/mysql | sort | while read -r file; do stat -c '%A %U %n' "$file"; cat "$file"; done
    echo '== units'
    for unit in mariadb@${name} ${mounts}; do unit "$unit"; done
    if systemctl cat ${name}-web > /dev/null 2>&1; then unit ${name}-web; fi
    findmnt -rn -o TARGET,SOURCE,FSTYPE,OPTIONS | grep ${name} | sort
    echo '== dataset'
    cd /${pool}/${name}; find . -maxdepth 1 -printf '%M %U:%G %p\\n' | sort; cat .bench-volume */.bench-volume
    find mariadb -printf '%y %M %U:%G %p\\n' | sort
    cd benches; tree
    echo '== originals'
    for aside in /srv/benches/${name}.before-zfs-*; do cd "$aside" || continue; pwd; stat -c '%A %U' .; tree; done
    for aside in /var/lib/mysql-${name}.before-zfs-*; do find "$aside" -printf '%M %U:%G %p\\n' | sort; done
    echo '== below the mounts'
    mkdir -p /mnt/below; mount --bind / /mnt/below; cd /mnt/below
    find ${pool} srv/benches/${name} var/lib/mysql-${name} -printf '%M %u %p\\n'
    lsattr -d ${pool} srv/benches/${name} var/lib/mysql-${name}; cd /; umount /mnt/below
    echo '== outside'
    find /var/lib/bench/${name} -printf '%M %U:%G %p\\n' | sort; grep -v guid /var/lib/bench/${name}/host.json
    find / -xdev '(' -name '*.bench-tmp' -o -name '.bench-incoming-*' -o -name '*.candidate' -o -name '*.unfinished' ')'
    if [ -f ${backing} ]; then stat -c '%A %U %s bytes %n' ${backing}; fi`,
    { timeoutMs: 280_000 },
  );
  const names: [RegExp, string][] = [
    [new RegExp(backing, 'g'), 'BACKING'],
    [new RegExp(pool, 'g'), 'POOL'],
    [new RegExp(name, 'g'), 'NAME'],
    [new RegExp(`\\b${port}\\b`, 'g'), 'PORT'],
    [/\d{8}-\d{6}/g, 'TIME'],
  ];
  const text = names.reduce((all, [pattern, word]) => all.replaceAll(pattern, word), stdout);
  // Within a section by their content: in which order the host lists them depends on the names.
  return text
    .split(/^(?=== )/m)
    .map((section) => section.split('\n').sort().join('\n'))
    .join('\n');
}
