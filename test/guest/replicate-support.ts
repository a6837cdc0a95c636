import type { Guest } from '../../guest/guest.js';

/** A pool on the disk of a guest that has no bench. */
export async function makePool(guest: Guest): Promise<void> {
  await guest.sh('zpool create -o ashift=12 -O mountpoint=/bench-pool bench-pool /dev/vdb');
}

/** What ssh says to a verb, or to anything else, with the key of replication. */
export function withKey(from: Guest, to: string, words: string) {
  return from.sh(
    `ssh -T -o BatchMode=yes -o UserKnownHostsFile=/etc/bench/replicate/known_hosts -o HostKeyAlias=${to} \
      -i /etc/bench/replicate/key -o IdentitiesOnly=yes -l root ${to} '${words}'`,
    { check: false },
  );
}

/** Tags of a dataset, oldest first. */
export async function tagsOf(guest: Guest, dataset: string): Promise<string[]> {
  const { stdout } = await guest.sh(
    `zfs list -H -t snapshot -d 1 -s createtxg -o name ${dataset} | cut -d@ -f2`,
  );
  return stdout.split('\n').filter((tag) => tag !== '');
}
