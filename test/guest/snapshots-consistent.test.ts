import { snapshotsAreConsistent } from './load/consistency.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

// Twenty by each method: long/snapshots-consistent.test.ts.
snapshotsAreConsistent(guest, 2);
