import type { BenchConfig } from '../config/config.js';
import { CONFINED, type Job } from '../timers/timers.js';

/**
 * Proofs by themselves, of the newest snapshot. It works in the host's own mount namespace, for systemd starts the
 * MariaDB that looks into the copy and has to see it mounted; so nothing here may give it one of its own. Root needs its
 * power over mounts and over files of others; everything else goes.
 */
export function verifyJob(config: BenchConfig): Job {
  const { name, verify } = config;
  return {
    config,
    name: 'verify',
    table: 'verify',
    key: 'schedule',
    when: verify.schedule,
    timerDescription: `Proofs of snapshots of bench ${name} by themselves`,
    serviceDescription: `Proof of the newest snapshot of bench ${name}`,
    argv: ['volume', 'verify', '--newest', '-b', name],
    // As long as the copy's MariaDB may take, and some more.
    timeout: '27h',
    confinement: [
      ...CONFINED,
      'CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER',
      'IPAddressDeny=any',
      'RestrictAddressFamilies=AF_UNIX',
      'DevicePolicy=closed',
      'DeviceAllow=/dev/zfs rw',
      'SystemCallFilter=@system-service @mount',
      'SystemCallFilter=~@resources chroot pivot_root',
      'Nice=19',
      'IOSchedulingClass=idle',
    ],
  };
}
