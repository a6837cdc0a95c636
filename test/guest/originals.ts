/** Users of the files below; once a guest. */
export const USERS = 'useradd -m frappe; useradd -m other';

/** A bench that lived outside of ZFS until now. */
export interface Original {
  name: string;
  port: number;
  /** The `[volume]` tables of its bench.toml. */
  volume: string;
}

/**
 * A script that makes the bench's directory with everything that a file system can hold and a careless copy loses,
 * the same for each name.
 */
export const originalFiles = ({ name, port, volume }: Original) => `
mkdir -p /srv/benches/${name}; cd /srv/benches/${name}
mkdir -p apps/a apps/b sites/private env logs config
for d in a b; do for i in $(seq 1 1000); do echo "$d $i" > apps/$d/$i.py; done; done
echo '{"maintenance_mode": 0}' > sites/common_site_config.json
ln -s apps/a/1.py relative; ln -s /etc/hostname absolute; ln -s nowhere dangling
echo linked > apps/a/hard; ln apps/a/hard apps/b/hard; ln apps/a/hard sites/hard
printf 'odd' > "new
line"; printf 'odd' > 'Umläute ✓ und  Leerzeichen'; printf 'odd' > '-rf'; printf 'odd' > 'quote"and\\back'
setfattr -n user.note -v 'kept' apps/a/1.py; setfattr -n user.dir -v 'kept' sites
setfattr -n trusted.note -v 'kept' apps/a/3.py
setfacl -m u:other:rw apps/a/2.py; setfacl -d -m g:other:rx sites/private
truncate -s 300M sparse; printf end | dd of=sparse bs=1 seek=200000000 conv=notrunc status=none
seq 1 150000 > sites/upload; mkfifo config/pipe
timeout 1 socat UNIX-LISTEN:config/socket,unlink-close=0 - </dev/null || true
test -S config/socket
chown -hR frappe:frappe .; chown other:other apps/b/3.py; chmod 2775 sites; chmod 4750 apps/b/4.py; chmod 000 apps/b/5.py
cat > bench.toml <<'TOML'
[bench]
name = "${name}"
[mariadb]
port = ${port}
${volume}
[maintenance]
units = ["${name}-web.service"]
TOML
find . -exec touch -h -d '2026-01-02 03:04:05.678901234' {} +`;

/** A script that starts the bench's MariaDB, empty, and a service of it that writes into its directory. */
export const originalServices = ({ name, port }: Original) => `
cat > /etc/mysql/mariadb.conf.d/70-${name}.cnf <<'CNF'
[mariadbd.${name}]
datadir = /var/lib/mysql-${name}
socket = /run/mysqld/mysqld-${name}.sock
port = ${port}
CNF
install -d -o mysql -g mysql -m 700 /var/lib/mysql-${name}
cat > /etc/systemd/system/${name}-web.service <<'UNIT'
[Service]
User=frappe
ExecStart=/bin/sh -c 'exec >> /srv/benches/${name}/logs/web.log; while :; do date +%%s; sleep 1; done'
UNIT
systemctl daemon-reload; systemctl enable --now mariadb@${name}; systemctl start ${name}-web`;

/** A database for it. */
export const ORIGINAL_ROWS = `CREATE DATABASE app; USE app; CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(100));
INSERT INTO orders SELECT seq, CONCAT('order ', seq) FROM seq_1_to_5000;`;
