import {
  boundRecord,
  forgetUnfinishedDataset,
  forgetUnfinishedPool,
  type UnboundHostRecord,
} from '../../bench/bench.js';
import { json, replaceFile } from '../../host/records.js';
import { poolGuid } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

export interface HostRecord {
  kind: 'host.record';
  file: string;
  record: UnboundHostRecord;
}

export const hostRecord: Kind<HostRecord> = {
  describe: ({ file }) => `Record outside the dataset what is needed to mend it: ${file}`,
  commands: ({ record }) => [poolGuid(record.pool.name)],
  apply: async ({ file, record }, { run }) => {
    const [guid] = await run();
    await forgetUnfinishedPool(record.bench);
    await forgetUnfinishedDataset(record.bench);
    await replaceFile(file, json(boundRecord(record, guid?.stdout.trim() ?? '')));
  },
};
