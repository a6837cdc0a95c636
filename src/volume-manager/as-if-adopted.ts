import type { Dataset } from '../zfs/zfs.js';
import type { Facts, PartFacts } from './facts.js';

/**
 * The facts of a bench as they will be once its dataset is there with files of its own: then the rest is the plan of its
 * init. Pure.
 * @param changed what else will be so of each part
 */
export function asIfAdopted(
  facts: Facts,
  dataset: Dataset,
  changed: (part: PartFacts) => Partial<PartFacts> = () => ({}),
): Facts {
  const ours = (part: PartFacts): PartFacts => ({
    ...part,
    ...changed(part),
    source: 'ours',
    movedTo: undefined,
    move: undefined,
  });
  return {
    ...facts,
    dataset,
    properties: {},
    datasetVisible: true,
    datasetIsUnfinished: false,
    rootSentinel: true,
    parts: { benches: ours(facts.parts.benches), mariadb: ours(facts.parts.mariadb) },
    missingStructure: [],
  };
}
