import type { Guest } from '../../guest/guest.js';
import { contentOf, fillBench, sql } from '../../test/guest/product.js';
import { timedSuccess } from '../timed.js';
import { type Comparison, DATASET, SOCKET } from './comparison.js';

const TAG = 'to-restore';

/** What somebody types who knows how, with nobody to ask and nothing proved after. */
const BY_HAND = `systemctl stop mariadb@shop
umount /srv/benches/shop /var/lib/mysql-shop
zfs unmount ${DATASET}
zfs rollback -r ${DATASET}@${TAG}
zfs mount ${DATASET}
mount /srv/benches/shop; mount /var/lib/mysql-shop
systemctl start mariadb@shop
until mariadb-admin --socket=${SOCKET} ping > /dev/null 2>&1; do sleep 0.2; done`;

/** Something newer than the snapshot, the same each time. */
async function change(guest: Guest): Promise<void> {
  await sql(guest, 'shop', "UPDATE app.orders SET note = 'newer'; FLUSH TABLES app.orders");
  await guest.sh("cd /srv/benches/shop/sites; rm -f 'file 2'; head -c 200000 /dev/urandom > newer; sync");
}

/** `restore-snapshot` against the bare commands, in turns; both are held to what the snapshot had. */
export async function compareRestore(guest: Guest, runs: number): Promise<Comparison> {
  await fillBench(guest, 'shop');
  await timedSuccess(guest, `bench volume snapshot -b shop --tag ${TAG}`);
  const wanted = await contentOf(guest, 'shop');
  const restore = async (script: string) => {
    await change(guest);
    const { seconds } = await timedSuccess(guest, script);
    const found = await contentOf(guest, 'shop');
    if (found !== wanted) throw new Error(`restored was ${found} instead of ${wanted}`);
    return seconds;
  };
  const [bench, bare]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    bare.push(await restore(BY_HAND));
    bench.push(await restore(`bench volume restore-snapshot ${TAG} -b shop --yes`));
  }
  return { what: '`bench volume restore-snapshot`, s', bench, bare };
}
