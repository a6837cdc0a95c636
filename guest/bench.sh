# Run in a guest that has the product and one empty disk: the bench `shop`, provisioned, with data in it.
set -eu
bench new shop
bench init -b shop
mariadb --socket=/run/mysqld/mysqld-shop.sock <<'SQL'
CREATE DATABASE app;
USE app;
CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(100));
INSERT INTO orders SELECT seq, CONCAT('order ', seq) FROM seq_1_to_5000;
SQL
cd /srv/benches/shop/sites
for i in $(seq 1 50); do head -c 20000 /dev/urandom > "file $i"; done
ln -s 'file 1' link
sync
