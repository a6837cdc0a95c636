import type { BenchConfig } from '../config/config.js';
import { CONFINED, type Job } from '../timers/timers.js';
import { credentialName } from './credentials.js';

/** Copies by themselves. Unlike all else that runs by itself it needs the network; of the host it needs no more than ZFS. */
export function offsiteJob(config: BenchConfig): Job {
  const { name, offsite } = config;
  const credential = offsite === undefined ? undefined : credentialName(offsite.credentials);
  return {
    config,
    name: 'offsite',
    table: 'offsite',
    key: 'schedule',
    when: offsite?.schedule,
    timerDescription: `Copies of bench ${name} off-site by themselves`,
    serviceDescription: `Copy of bench ${name} to its object store`,
    argv: ['offsite', 'push', '--prune', '-b', name],
    timeout: '7d',
    confinement: [
      ...CONFINED,
      ...(credential === undefined ? [] : [`ImportCredential=${credential}`]),
      'CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE',
      'ProtectSystem=strict',
      'ReadWritePaths=/var/lib/bench',
      'ProtectHome=read-only',
      'PrivateTmp=yes',
      'ProtectControlGroups=yes',
      'ProtectKernelLogs=yes',
      'ProtectKernelModules=yes',
      'ProtectKernelTunables=yes',
      'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
      'DevicePolicy=closed',
      'DeviceAllow=/dev/zfs rw',
      'SystemCallFilter=@system-service',
      'Nice=10',
      'IOSchedulingClass=idle',
    ],
  };
}
