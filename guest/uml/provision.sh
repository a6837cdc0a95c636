#!/bin/sh
# Run by mmdebstrap as a customize hook after provision.sh: what the guest in $1 needs more as User Mode Linux.
set -eu
root=$1

# passt does not know the guest's hardware address until the guest says something: an IPv6 address makes it do so when
# the link comes up.
mkdir -p "$root/etc/systemd/network/eth0.network.d"
printf '[Network]\nLinkLocalAddressing=ipv6\n' > "$root/etc/systemd/network/eth0.network.d/uml.conf"
