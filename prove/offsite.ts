import { fileURLToPath } from 'node:url';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import { STORE, settingUpOffsite } from '../test/guest/store.js';
import type { Part } from './report.js';

const SINK = 'http://127.0.0.1:5002';
const MIB = 1024 ** 2;

/** All of it, whatever was pushed before. */
const PUSH =
  'rm -f /var/lib/bench/shop/offsite*; bench offsite push --snapshot measured -b shop > /root/push.log 2>&1';

const FAILING = PUSH.replace('bench offsite', '! bench offsite');
/** What is refused is taken from now on, and what was sent counts from here. */
const HEAL = `node -e "fetch('${SINK}/__heal').then(() => fetch('${SINK}/__sent'))"`;
const SLOW = { timeoutMs: 1_800_000 };

/** What a push may cost (issue of copies off-site): memory in MiB, share of the plain pipeline, share that is sent again. */
const LIMITS = { memoryMiB: 200, share: 0.7, again: 0.12 };

/** Throughput beside the plain pipeline, memory, and what is sent again after a push was cut off at nine tenths. */
export async function copiesOffsite({ sizeMiB, runs }: { sizeMiB: number; runs: number }): Promise<Part> {
  const guest = await startGuest({ image: 'bench' });
  try {
    return await measure(guest, sizeMiB, runs);
  } finally {
    await guest.stop();
  }
}

async function measure(guest: Guest, sizeMiB: number, runs: number): Promise<Part> {
  const parts = Math.ceil(sizeMiB / 64);
  await guest.push(fileURLToPath(new URL('offsite/sink.mjs', import.meta.url)), '/root/sink.mjs');
  await guest.sh(settingUpOffsite('shop', SINK));
  await guest.sh(
    'command -v curl || apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends curl',
    {
      timeoutMs: 280_000,
    },
  );
  await guest.sh(
    `head -c ${sizeMiB}M /dev/urandom > /srv/benches/shop/sites/large; sync; bench volume snapshot --tag measured -b shop`,
  );
  const sink = (from: number | 'manifest') =>
    guest.sh(`systemctl stop sink 2>/dev/null || true; systemctl reset-failed sink 2>/dev/null || true
      systemd-run --quiet --unit=sink node /root/sink.mjs 5002 ${from}
      until node -e "fetch('${SINK}/__sent').then(() => process.exit(0), () => process.exit(1))"; do sleep 0.2; done`);
  const seconds = async (script: string) => {
    const { stdout } = await guest.sh(
      `start=$(date +%s.%N); ${script}; echo "$start $(date +%s.%N)" | awk '{ print $2 - $1 }'`,
      SLOW,
    );
    return Number(stdout.trim().split('\n').at(-1));
  };
  const plain: number[] = [];
  const sent: number[] = [];
  const ours: number[] = [];
  const there: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    plain.push(
      await seconds(
        `zfs send -L -e -c bench-pool/shop@measured | age -r $(age-keygen -y ${STORE.identity}) | sha256sum > /dev/null`,
      ),
    );
    await sink(0);
    sent.push(
      await seconds(
        `zfs send -L -e -c bench-pool/shop@measured | age -r $(age-keygen -y ${STORE.identity}) | tee >(sha256sum > /dev/null) | curl -sS -T - ${SINK}/b/plain`,
      ),
    );
    ours.push(await seconds(`${PUSH} || { cat /root/push.log >&2; exit 1; }`));
    // The manifest alone is refused: then everything is there, and the same command makes all of it again to see that.
    await sink('manifest');
    await guest.sh(FAILING, SLOW);
    await guest.sh(HEAL);
    there.push(await seconds('bench offsite push -b shop > /root/push.log 2>&1'));
  }
  // By itself: who looks on costs a second of ten in a machine of one processor.
  await sink(0);
  await guest.sh(
    `${PUSH} & pid=$!
      while kill -0 $pid 2>/dev/null; do
        for each in $(pgrep -f 'offsite push' || true) $(pgrep -x 'age|zfs' || true); do grep -s VmHWM /proc/$each/status || true; done | awk '{ sum += $2 } END { print sum }' >> /root/memory
        sleep 1
      done; wait $pid`,
    SLOW,
  );
  const memoryMiB = Number((await guest.sh('sort -n /root/memory | tail -n 1')).stdout) / 1024;
  await sink(Math.ceil(parts * 0.9) + 1);
  await guest.sh(FAILING, SLOW);
  await guest.sh(`${HEAL}; bench offsite push -b shop`, SLOW);
  const { stdout: last } = await guest.sh(
    `node -e "fetch('${SINK}/__sent').then((r) => r.text()).then(console.log)"`,
  );
  const again = Number(last) / (sizeMiB * MIB);
  const share = Math.min(...plain) / Math.min(...there);
  return {
    name: 'offsite',
    failures: [
      ...(share < LIMITS.share
        ? [`a push without its upload has ${share.toFixed(2)} of the throughput of the plain pipeline`]
        : []),
      ...(memoryMiB > LIMITS.memoryMiB ? [`a push takes ${memoryMiB.toFixed(0)} MiB`] : []),
      ...(again > LIMITS.again ? [`${(again * 100).toFixed(0)} % is sent again`] : []),
    ],
    text: `A copy of ${sizeMiB} MiB that do not compress, to a store in the same guest that keeps nothing; least of ${runs}.

| | measured | wanted |
| --- | --- | --- |
| \`zfs send \\| age \\| sha256sum\` | ${Math.min(...plain).toFixed(1)} s | |
| \`bench offsite push\` of what is there already: all of it but the upload | ${Math.min(...there).toFixed(1)} s | |
| share of its throughput | ${share.toFixed(2)} | at least ${LIMITS.share} |
| \`zfs send \\| age \\| tee >(sha256sum) \\| curl\` to the store | ${Math.min(...sent).toFixed(1)} s | |
| \`bench offsite push\` | ${Math.min(...ours).toFixed(1)} s | |
| share of its throughput | ${(Math.min(...sent) / Math.min(...ours)).toFixed(2)} | |
| memory of bench, \`zfs send\` and \`age\` together, at most | ${memoryMiB.toFixed(0)} MiB | ${LIMITS.memoryMiB} MiB |
| sent again after it was cut off at nine tenths | ${(again * 100).toFixed(0)} % | at most ${LIMITS.again * 100} % |`,
  };
}
