import type { BenchConfig } from '../config/config.js';
import { HOST_READ_ONLY, type Job } from '../timers/timers.js';
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
      ...HOST_READ_ONLY,
      ...(credential === undefined ? [] : [`ImportCredential=${credential}`]),
      'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
      'Nice=10',
      'IOSchedulingClass=idle',
    ],
  };
}
