/** The bench.toml of the bench `shop` on the first disk of a guest; sizes and times as they are written there. */
export function benchToml({ quota, lockTimeout }: { quota: string; lockTimeout: string }): string {
  return `[bench]
name = "shop"
[mariadb]
port = 3307
[volume]
backing = "device"
device = "/dev/vdb"
[volume.dataset]
quota = "${quota}"
reservation = "1G"
[snapshot]
lock_timeout = "${lockTimeout}"
`;
}
