import type { SoftwareFacts } from '../../../src/volume-manager/facts.js';

/** A host that has everything. */
export const READY: SoftwareFacts = {
  missingPackages: [],
  hasApt: true,
  zfs: {
    module: 'loaded',
    kernel: '6.12.107+deb13-cloud-amd64',
    distribution: {
      id: 'debian',
      like: [],
      codename: 'trixie',
      name: 'Debian GNU/Linux 13 (trixie)',
    },
  },
  heldBack: false,
  hasDefaultData: false,
  otherServers: [],
};
