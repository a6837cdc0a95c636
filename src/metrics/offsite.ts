import type { Family, Sample } from './families.js';
import type { BenchFigures } from './world.js';

/** What this host knows of copies off-site. Pure. */
export function offsiteFamilies(benches: readonly BenchFigures[]): Family[] {
  const gauge = (
    name: string,
    help: string,
    value: (record: NonNullable<BenchFigures['offsite']>) => number | undefined,
  ): Family => ({
    name: `bench_offsite_${name}`,
    help,
    type: 'gauge',
    samples: benches.flatMap(({ bench, offsite }): Sample[] => {
      const found = offsite === undefined ? undefined : value(offsite);
      const labels = { bench: bench.name, dataset: bench.dataset ?? '' };
      return found === undefined ? [] : [{ labels, value: found }];
    }),
  });
  const seconds = (iso: string | null | undefined) => (iso == null ? undefined : Date.parse(iso) / 1000);
  return [
    gauge('last_success_timestamp_seconds', 'When the last copy off-site was whole.', ({ copy }) =>
      seconds(copy?.finishedAt),
    ),
    gauge(
      'last_snapshot_timestamp_seconds',
      'When the snapshot was taken that the last copy off-site is of.',
      ({ copy }) => seconds(copy?.createdAt),
    ),
    gauge('last_stored_bytes', 'What the last copy takes in the store.', ({ copy }) => copy?.storedBytes),
    gauge('last_run_success', 'One where the last push went well, or is under way.', ({ push }) =>
      push === null ? undefined : Number(push.outcome !== 'failed'),
    ),
    gauge('next_run_timestamp_seconds', 'When the next push is due.', ({ push }) => seconds(push?.nextAt)),
  ];
}
