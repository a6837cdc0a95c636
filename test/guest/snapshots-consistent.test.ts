import { snapshotsAreConsistent } from './load/consistency.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

// Twenty by each method: long/snapshots-consistent.test.ts.
snapshotsAreConsistent(guest, 2);
