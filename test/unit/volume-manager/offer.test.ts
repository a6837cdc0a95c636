import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { boundRecord, recordFor } from '../../../src/bench/host-record.js';
import { layoutOf } from '../../../src/bench/layout.js';
import { POOLS_WITH_DEVICES_ARGV } from '../../../src/zfs/pools.js';
import { importArgv } from '../../../src/zfs/zfs.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
import { configNamed } from '../ui/offer.js';

let directory: string;
let readOffer: typeof import('../../../src/volume-manager/offer.js')['readOffer'];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bench-offer-'));
  vi.resetModules();
  vi.doMock('../../../src/host/paths.js', () => ({
    STATE_DIR: directory,
    stateDir: (bench: string) => join(directory, bench),
  }));
  ({ readOffer } = await import('../../../src/volume-manager/offer.js'));
});
afterAll(() => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.resetModules();
  rmSync(directory, { recursive: true });
});

test("no place is offered for a second pool while another bench's of that name is out of sight", async () => {
  const shop = await configNamed('shop', 3307);
  const record = recordFor(shop, layoutOf(shop), { kind: 'device', path: '/dev/sdb' }, []);
  mkdirSync(join(directory, 'shop'));
  writeFileSync(join(directory, 'shop/host.json'), JSON.stringify(boundRecord(record, '42')));
  const runner = new ScriptedRunner([
    { argv: POOLS_WITH_DEVICES_ARGV },
    {
      argv: importArgv(['/dev/disk/by-id', '/dev', '/var/lib/bench-zfs']),
      stderr: 'no pools available to import\n',
      exitCode: 1,
    },
  ]);
  await expect(readOffer(runner)).rejects.toMatchObject({
    code: 'pool-missing',
    exitCode: 3,
    message: expect.stringContaining('The bench shop lives in pool bench-pool (42) on /dev/sdb'),
  });
});
