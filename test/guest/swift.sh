# OpenStack Swift from Debian's packages, one of everything on this machine, that speaks S3 (s3api) at port 5000.
# swift.sh PORT ACCESS_KEY SECRET; with the account ACCESS_KEY of one user "one", so the access key is ACCESS_KEY:one.
set -e
port=$1 account=$2 secret=$3
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  swift-proxy swift-account swift-container swift-object memcached > /root/swift-install.log 2>&1 ||
  { tail -n 30 /root/swift-install.log >&2; exit 1; }
# Debian's unit starts at once with a configuration that is not ours.
systemctl disable --now --quiet swift-proxy swift-account swift-container swift-object 2> /dev/null || true

cd /etc/swift
install -d -o swift -g swift /srv/node /srv/node/d1
printf '[swift-hash]\nswift_hash_path_suffix = bench\n[storage-policy:0]\nname = only\ndefault = yes\n' > swift.conf
at=6200
for kind in object container account; do
  rm -f "$kind.builder"
  swift-ring-builder "$kind.builder" create 4 1 1 > /dev/null
  swift-ring-builder "$kind.builder" add "r1z1-127.0.0.1:$at/d1" 1 > /dev/null
  # Ends with 1 where it warns, as of a single device.
  swift-ring-builder "$kind.builder" rebalance > /dev/null || [ -e "$kind.ring.gz" ]
  printf '[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %s\nworkers = 0\nmount_check = false
[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\n' "$at" "$kind" "$kind" "$kind" > "$kind-server.conf"
  at=$((at + 1))
done
filter() { printf '[filter:%s]\nuse = egg:swift#%s\n' "$1" "${2:-$1}"; }
{
  printf '[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %s\nworkers = 0\n' "$port"
  printf '[pipeline:main]\npipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy container-quotas slo dlo versioned_writes proxy-server\n'
  printf '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n'
  for each in catch_errors gatekeeper listing_formats copy slo dlo versioned_writes; do filter "$each"; done
  filter cache memcache
  filter container-quotas container_quotas
  filter s3api
  echo 'location = us-east-1'
  filter tempauth
  echo "user_${account}_one = $secret .admin"
} > proxy-server.conf
chown -R swift: /etc/swift
systemctl start memcached
for each in account container object proxy; do
  systemd-run --quiet --unit="store-$each" --uid=swift --gid=swift "swift-$each-server" "/etc/swift/$each-server.conf"
done
for try in $(seq 120); do
  python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2> /dev/null && exit 0
  sleep 0.5
done
journalctl -u store-proxy -n 40 --no-pager >&2
exit 1
