/**
 * `npx tsx prove/speed/torn-pages.ts`: whether a power cut leaves pages of InnoDB half written, and whether the server
 * comes up again, with each way of writing them. The power is cut while the server writes changed pages as fast as it
 * can; what ZFS's intent log holds is then replayed, and innochecksum(1) reads every page before the server may mend any.
 *
 *     --only REGEX   some of the variants
 *     --cuts N       of each variant; 10 unless told
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Guest } from '../../guest/guest.js';
import { startGuest } from '../../guest/start.js';
import { table } from '../figures.js';
import { startWriter } from '../writes/writes.js';
import { bytesOfWrites } from './bytes.js';
import { VARIANTS, type Variant } from './bytes-variants.js';
import { DATA, DATASET, layOut, PLACE } from './lay-out.js';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '^bench until now$' },
    cuts: { type: 'string', default: '10' },
  },
});

const ORDER = { connections: 4, pauseMs: 0, change: 'update', rows: 50_000 } as const;

/** Pages are written out all the time, as on a server whose memory or redo log is too small for what changes. */
const WRITES_PAGES = ['innodb_max_dirty_pages_pct = 0', 'innodb_io_capacity = 4000'];

interface Cut {
  tornPages: number;
  comesUp: boolean;
  said: string;
}

/** A pool that was in use is imported by its cache file at boot, and by hand where this image does not. */
const LOOK = `zpool list ${PLACE.pool} > /dev/null 2>&1 || zpool import -d /dev ${PLACE.pool}
zfs mount ${DATASET} 2> /dev/null || true
find ${DATA} -name '*.ibd' -o -name 'undo*' -o -name 'ibdata1' | while read -r file
do innochecksum "$file" 2>&1 || true; done | grep -ciE 'fail|invalid|corrupt' || true`;

async function cutOnce(guest: Guest): Promise<Cut> {
  await startWriter(guest, PLACE.instance, { ...ORDER, count: Number.MAX_SAFE_INTEGER });
  await sleep(3000 + Math.random() * 5000);
  await guest.powerCut();
  await guest.powerOn();
  const tornPages = Number((await guest.sh(LOOK, { timeoutMs: 280_000 })).stdout.trim());
  const { stdout } = await guest.sh(
    `timeout 200 systemctl start mariadb@${PLACE.instance} > /dev/null 2>&1 && echo up || echo down
    journalctl -b -u mariadb@${PLACE.instance} -o cat | grep -iE 'corrupt|checksum|ERROR' | head -n 3 || true`,
    { timeoutMs: 280_000 },
  );
  const [state, ...said] = stdout.trim().split('\n');
  return { tornPages, comesUp: state === 'up', said: said.join(' / ') };
}

async function cutRepeatedly(guest: Guest, variant: Variant): Promise<Cut[]> {
  const whole = { ...variant, options: [...variant.options, ...WRITES_PAGES] };
  await layOut(guest, whole);
  await bytesOfWrites(guest, PLACE, { ...ORDER, count: 4 });
  const cuts: Cut[] = [];
  for (let round = 0; round < Number(flags.cuts); round += 1) {
    const cut = await cutOnce(guest);
    console.log(`${variant.name}: ${JSON.stringify(cut)}`);
    cuts.push(cut);
    if (cut.comesUp) continue;
    // The next cut needs a server.
    await layOut(guest, whole);
    await bytesOfWrites(guest, PLACE, { ...ORDER, count: 4 });
  }
  return cuts;
}

const only = new RegExp(flags.only);
const guest = await startGuest({ image: 'base', disks: [{ size: '20G' }], label: 'torn-pages' });
try {
  const lines: (string | number)[][] = [];
  for (const variant of VARIANTS.filter(({ name }) => only.test(name))) {
    const cuts = await cutRepeatedly(guest, variant);
    lines.push([
      variant.name,
      String(cuts.length),
      String(cuts.filter(({ tornPages }) => tornPages > 0).length),
      String(cuts.filter(({ comesUp }) => !comesUp).length),
    ]);
  }
  console.log(table(['', 'cuts', 'with torn pages', 'server does not start'], lines));
} finally {
  await guest.stop();
}
