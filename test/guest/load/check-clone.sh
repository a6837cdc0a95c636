#!/bin/bash
# Runs in the guest: check-clone.sh SNAPSHOT [SNAPSHOT-OF-THE-FILES]
#
# Starts MariaDB on a clone of the snapshot and prints what is wrong with what transfers.mjs had written, one finding a
# line, then the number of transfers. The server's log is left in /tmp/clone.log. With a second snapshot, the files are
# looked at in that one.
set -u
export LC_ALL=C
clone=bench-pool/checked
mount=/bench-checked
socket=/run/mysqld/checked.sock
sql() { mariadb --socket=$socket --batch --skip-column-names -e "$1"; }

zfs clone -o mountpoint=$mount -o canmount=on "$1" $clone || exit 1
files=$mount
if [ $# -gt 1 ]; then files=/bench-pool/shop/.zfs/snapshot/${2#*@}; fi
# The instance's own settings, but for where it is and that nobody else reaches it.
runuser -u mysql -- mariadbd --defaults-group-suffix=.shop --datadir=$mount/mariadb --socket=$socket \
  --pid-file=/run/mysqld/checked.pid --skip-networking > /tmp/clone.log 2>&1 &
server=$!
until mariadb-admin --socket=$socket ping > /dev/null 2>&1; do
  kill -0 $server 2> /dev/null || { echo 'MariaDB does not start'; break; }
  sleep 0.2
done

sql 'CHECK TABLE bank.accounts, bank.transfers, bank.aria, bank.plain' |
  awk -F '\t' '!($3 == "status" && $4 == "OK") { print "CHECK TABLE: " $0 }'
[ "$(sql 'SELECT SUM(balance) FROM bank.accounts')" = 100000 ] || echo 'the sum is wrong'
sort "$files/benches/sites/bank/done" > /tmp/done
ls "$files/benches/sites/bank/begun" | sort > /tmp/begun
for table in transfers aria plain; do
  sql "SELECT id FROM bank.$table" | sort > /tmp/rows
  without=$(comm -23 /tmp/rows /tmp/begun | wc -l)
  lost=$(comm -13 /tmp/rows /tmp/done | wc -l)
  [ "$without" = 0 ] || echo "$table: $without rows without their file"
  [ "$lost" = 0 ] || echo "$table: $lost rows lost that were confirmed"
done
sql 'SELECT COUNT(*) FROM bank.transfers'

# It is thrown away. By the id in its own file: runuser stands between.
kill -9 "$(cat /run/mysqld/checked.pid)"
wait $server 2> /dev/null
zfs destroy $clone
