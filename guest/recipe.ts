import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What every guest is, whatever machine it runs on; `qemu/recipe.ts` and `uml/recipe.ts` say the rest. A change in
 * these, or in the scripts that they name, makes new images (minutes); nothing else in this folder does.
 */
export const recipe = {
  suite: 'trixie',
  components: 'main,contrib',

  packages: [
    ...['systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'iproute2', 'netbase', 'ca-certificates'],
    ...['openssh-server', 'sudo', 'rsync', 'tmux', 'socat', 'strace', 'jq', 'procps', 'less', 'zstd'],
    ...['mariadb-server', 'mariadb-client', 'nodejs', 'fio', 'sysbench'],
    // What copies off-site need, and a store for them.
    ...['age', 'python3-moto', 'python3-flask', 'python3-flask-cors'],
    ...['e2fsprogs', 'xfsprogs', 'btrfs-progs', 'parted', 'mdadm', 'lvm2', 'cryptsetup-bin', 'acl', 'attr'],
  ],

  /** Virtual size of the root disk; sparse on the host. Image-backed pools want >= 10G free in the guest. */
  rootSize: '32G',

  memoryMiB: 4096,
} as const;

/** A file of this folder, named from it. */
export const ownFile = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export const provisionScript = ownFile('provision.sh');

/** The name under which what is made from these data and scripts is cached. */
export function recipeHash(of: unknown, scripts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(of));
  for (const script of scripts) hash.update('\0').update(readFileSync(script));
  return hash.digest('hex').slice(0, 16);
}
