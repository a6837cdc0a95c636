import { DEFAULTS } from './config.js';

/** Comments stand in one column where the value leaves room for that. */
const COMMENT_COLUMN = 31;

/**
 * The commented bench.toml that `bench new` writes. With the name shop it is bench.example.toml to the byte, which a
 * test demands; it is a text in the program because the bundled program may lie anywhere.
 */
export function newConfigText({ name, port = DEFAULTS.port }: { name: string; port?: number }): string {
  return `# The configuration of one bench. Values shown are the defaults; remove the "# " before a key to set it.
# Tables of other tools in this file are left alone: bench neither judges nor changes them.

[bench]
${commented(`name = "${name}"`, 'a letter, then letters, digits, "_" or "-"; at most 40 characters')}

[mariadb]                      # every bench has a MariaDB instance of its own
${commented(`# instance = "${name}"`, 'default: the name of the bench')}
${commented(`port = ${port}`, 'every instance needs a port of its own')}
# data_dir = "/var/lib/mysql-${name}"              # default: /var/lib/mysql-<instance>
# socket_path = "/run/mysqld/mysqld-${name}.sock"  # default: /run/mysqld/mysqld-<instance>.sock

[volume]
pool = "bench-pool"            # created if missing, reused if present; benches may share it
backing = "auto"               # "device" (a whole disk) | "image" (a preallocated file) | "auto" (bench decides)
# device = "/dev/sdb"          # for backing = "device"; ignored where the pool already exists
${commented(`# name = "${name}"`, 'the dataset in the pool, only to override the name of the bench')}
# encryption = "on"            # a new bench only; bench init then asks for a copy of the key (--escrow)
# key = "credential"           # kept by systemd | "file:/media/keys/${name}.key" | "prompt" (a passphrase)

[volume.image]                 # read when backing = "image"
# size = "60G"                 # preallocated, never sparse; K, M, G or T with base 1024, or bytes
# path = "/var/lib/bench-zfs/bench-pool.img"   # default: /var/lib/bench-zfs/<pool>.img

[volume.dataset]               # bench init computes and writes these while backing = "auto"
# reservation = "15G"          # guaranteed to this bench; at most the quota
# quota = "60G"                # hard cap of this bench
# direct_io = true             # MariaDB past the cache of ZFS: fewer bytes written, larger buffer pool needed

[snapshot]
lock = "auto"                  # "auto" | "backup-stage" | "read-lock"
lock_timeout = "10s"           # how long to wait for locks before giving up; ms, s or m, at most one hour

[schedule]                     # snapshots that take themselves; bench init makes the timer
# snapshot = "hourly"          # a systemd calendar ("hourly", "*-*-* 04:00"), or cron's five fields
# keep = { hourly = 24, daily = 14, weekly = 8, monthly = 12, yearly = 0, last = 3 }
# keep_days = 7                # instead of keep: everything younger
# prune = true                 # whether what no rule keeps is destroyed

[verify]                       # what \`bench volume verify\` proves of a snapshot, beside that its tables are whole
# sql = [{ query = "SELECT COUNT(*) > 0 FROM app.orders", expect = 1 }]   # asked by an account that may only read
# max_age = "7d"               # status tells when no snapshot of this age or younger is proven; h, d or w
# schedule = "*-*-* 05:00"     # when the newest snapshot is proven by itself; bench init makes the timer

[offsite]                      # copies in an object store, encrypted; see docs/offsite.md
# url = "s3://bucket/prefix"
# endpoint = "https://s3.example.com"            # of a store that is not Amazon's
# region = "us-east-1"
# credentials = "/etc/bench/offsite.credentials" # root's, mode 0600; or "credential:NAME", one of systemd's
# recipients = ["age1..."]     # who can read the copies: public keys of age
# schedule = "daily"           # as schedule.snapshot says it; unset, copies are made by hand
# keep = { last = 3, hourly = 0, daily = 14, weekly = 8, monthly = 12, yearly = 0 }
# full_every = 30              # a full copy after so many increments, or "30d"
# lock_days = 30               # with Object Lock: for how long nobody can delete a copy

[replicate]                    # copies on another host; set up by bench replicate setup HOST, see docs/replication.md
# to = "backup1"               # as ssh knows it; root there, unless written USER@HOST
# target = "bench-pool/_copies"   # the dataset there that copies lie below
# schedule = "*:0/15"          # when they are sent by themselves, as in [schedule]
# bandwidth = "20M"            # bytes a second at most

[maintenance]
units = []                     # systemd units of the bench's own processes, stopped around a restore

[clone]                        # what a copy made by bench clone runs before it may act; see docs/clones.md
# sql = ["config/mute.sql"]    # files of SQL for its database, below the bench directory or absolute
# run = ["config/mute.sh"]     # programs, run as the owner of this file

# [[volumes]]                  # a data volume of this bench; one such table each, which attach and detach write
#   name = "uploads"
#   path = "sites/uploads"     # where the bench sees it, below its directory
#   mode = "rw"                # "rw" | "ro" | "overlay" (a private writable copy; needs overlay_size)
#   size = "50G"               # bench init makes the volume where there is none
`;
}

function commented(setting: string, comment: string): string {
  return `${`${setting} `.padEnd(COMMENT_COLUMN)}# ${comment}`;
}
