import { snapshotsAreConsistent } from '../load/consistency.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'bench' });

snapshotsAreConsistent(guest, 20);
