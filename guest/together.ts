import { readFileSync } from 'node:fs';
import type { Guest } from './guest.js';
import { hostKeyAlias, imageFiles } from './paths.js';

/** What the host's loopback is called in a guest: by passt and by QEMU's user network alike. */
export const hostAddress = '10.0.2.2';

/**
 * Lets guests see one another: each gets its name, a key of its own that the others take, and their names in its
 * ssh_config, so that `ssh b` in `a` is real OpenSSH, through the port of the host's loopback that leads to b's sshd.
 * To be called again after a reboot, which may have changed a port. They share the host key of their image.
 */
export async function introduce(guests: Readonly<Record<string, Guest>>): Promise<void> {
  const entries = Object.entries(guests);
  const keys = await Promise.all(entries.map(([name, guest]) => named(name, guest)));
  await Promise.all(
    entries.map(([name, guest]) => {
      const others = entries.filter(([other]) => other !== name);
      return guest.sh(
        `install -d -m 700 /root/.ssh
cat > /etc/ssh/ssh_config.d/peers.conf <<'CONF'
${others.map(([other, { port }]) => peerConfig(other, port)).join('')}CONF
cat > /root/.ssh/known_hosts <<'KEYS'
${knownHosts(
  guest.image,
  others.map(([other]) => other),
)}
KEYS
{ grep -v ' peer-' /root/.ssh/authorized_keys; cat <<'KEYS'
${keys.join('\n')}
KEYS
} > /root/.ssh/authorized_keys.new
chmod 600 /root/.ssh/authorized_keys.new
mv /root/.ssh/authorized_keys.new /root/.ssh/authorized_keys`,
      );
    }),
  );
}

/** Gives a guest its name and a key. Returns the public half. */
async function named(name: string, guest: Guest): Promise<string> {
  const { stdout } = await guest.sh(
    `hostname ${name}; echo ${name} > /etc/hostname
printf '127.0.0.1 localhost\\n127.0.1.1 ${name}\\n::1 localhost\\n' > /etc/hosts
install -d -m 700 /root/.ssh
test -f /root/.ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N '' -C 'peer-${name}' -f /root/.ssh/id_ed25519
cat /root/.ssh/id_ed25519.pub`,
  );
  return stdout.trim();
}

function peerConfig(name: string, port: number): string {
  return `Host ${name}\n  HostName ${hostAddress}\n  Port ${port}\n  HostKeyAlias ${name}\n`;
}

/** The keys of the image's sshd, by the names of the guests. */
function knownHosts(image: string, names: readonly string[]): string {
  const lines = readFileSync(imageFiles(image).knownHosts, 'utf8').trim().split('\n');
  return names.flatMap((name) => lines.map((line) => line.replace(hostKeyAlias, name))).join('\n');
}
