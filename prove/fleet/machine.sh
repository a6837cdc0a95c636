# Makes one guest look like HOSTS of them: that many loopback addresses with one sshd, and a bench that answers for each.
set -e
HOSTS=$1
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends clustershell ansible-core python3
bench volume create files 1G --label tier=gold --description scans
bench volume attach files -b shop --path sites/files
bench inventory --json | node /root/stand-ins.mjs /opt/hosts "$HOSTS"
cat > /opt/hosts/bench <<'STANDIN'
#!/bin/sh
# Of the address that was connected to, it is that host.
set -- $SSH_CONNECTION "$@"
[ "$5" = inventory ] && exec cat "/opt/hosts/$3.json"
echo bench/1.0.0
STANDIN
chmod 755 /opt/hosts/bench
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/fleet
cat /root/.ssh/fleet.pub >> /root/.ssh/authorized_keys
cat > /etc/ssh/sshd_config.d/fleet.conf <<'CONF'
MaxStartups 1000
MaxSessions 100
SetEnv PATH=/opt/hosts:/usr/bin:/bin
CONF
systemctl restart ssh
for i in $(seq "$HOSTS"); do printf '127.1.0.%d h%03d\n' "$i" "$i"; done >> /etc/hosts
cat > /etc/ssh/ssh_config.d/fleet.conf <<'CONF'
Host h*
  User root
  IdentityFile /root/.ssh/fleet
CONF
for key in /etc/ssh/ssh_host_*_key.pub; do printf 'h* %s\n' "$(cut -d' ' -f1,2 "$key")"; done >> /root/.ssh/known_hosts
for i in $(seq "$HOSTS"); do printf 'h%03d\n' "$i"; done > /root/hosts.txt
cat > /root/ansible.cfg <<'CONF'
[defaults]
inventory = /root/hosts.txt
interpreter_python = /usr/bin/python3
timeout = 120
[ssh_connection]
pipelining = True
CONF
cat > /root/timed.py <<'PY'
import json, resource, subprocess, sys, time
start = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=open('/root/out', 'w'), stderr=open('/root/err', 'w'))
print(json.dumps({'seconds': time.monotonic() - start, 'exitCode': done.returncode,
                  'mib': resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))
PY
