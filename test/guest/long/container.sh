# Runs in the guest: `sh container.sh` starts a container with a systemd of its own, on a throw-away copy of the
# machine's files, and prints the pid of that systemd.
set -eu
mkdir -p /run/container
mount -t tmpfs tmpfs /run/container
cd /run/container
mkdir changes work root
mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work root
cd root
# Nothing of the machine is started in it.
printf '[Unit]\nDefaultDependencies=no\n' > etc/systemd/system/nothing.target
mkfifo /run/container/started
setsid env -i container=lxc unshare --mount --pid --uts --ipc --cgroup --fork sh -c '
  mount --rbind /dev dev
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs tmpfs run
  echo > /run/container/started
  exec chroot . /usr/lib/systemd/systemd --unit=nothing.target --log-target=null' < /dev/null > /dev/null 2>&1 &
read -r _ < /run/container/started
pid=$(pgrep -P "$(pgrep -x unshare)")
until [ -e "/proc/$pid/root/run/systemd/container" ]; do sleep 0.2; done
echo "$pid"
