import { describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/errors.js';
import type { SoftwareFacts } from '../../../src/volume-manager/facts.js';
import { planSoftware } from '../../../src/volume-manager/software.js';
import { READY } from './software-facts.js';

const kinds = (facts: Partial<SoftwareFacts>) => planSoftware({ ...READY, ...facts }).map(({ kind }) => kind);

function refusal(facts: Partial<SoftwareFacts>): BenchError {
  try {
    planSoftware({ ...READY, ...facts });
  } catch (error) {
    if (error instanceof BenchError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const FRESH = ['packages.install', 'unit.disable', 'file.remove'];

test('a host that has everything needs nothing', () => {
  expect(kinds({})).toEqual([]);
});

describe('the default instance', () => {
  test('that comes with MariaDB is disabled', () => {
    expect(kinds({ missingPackages: ['mariadb-server', 'rsync'] })).toEqual(FRESH);
  });

  test('of an init that was killed is disabled by the next one, apt having finished its work', () => {
    const steps = planSoftware({ ...READY, heldBack: true });
    expect(steps.map(({ kind }) => kind)).toEqual(FRESH);
    expect(steps[0]).toMatchObject({ packages: ['mariadb-server'], holdBack: true });
  });

  test('that was there before is left alone', () => {
    const steps = planSoftware({ ...READY, missingPackages: ['rsync'] });
    expect(steps).toEqual([{ kind: 'packages.install', packages: ['rsync'], holdBack: false }]);
  });

  test('whose data a removed package has left behind is left alone too', () => {
    const facts = { missingPackages: ['mariadb-server'], hasDefaultData: true };
    expect(kinds(facts)).toEqual(['packages.install']);
    expect(kinds({ ...facts, heldBack: true }), 'data of an init that was killed').toEqual(FRESH);
  });

  test('is none where another server runs', () => {
    const facts = { missingPackages: ['mariadb-server'], otherServers: ['mysql.service'] };
    expect(refusal(facts)).toMatchObject({ code: 'other-database-server', exitCode: 3 });
  });
});

describe('ZFS', () => {
  const zfs = (module: SoftwareFacts['zfs']['module']) => ({ ...READY.zfs, module });

  test('is loaded where it only has to be', () => {
    expect(kinds({ zfs: zfs('loadable') })).toEqual(['module.load']);
  });

  test('programs are installed where the kernel has the module, as on Ubuntu', () => {
    expect(kinds({ zfs: zfs('loadable'), missingPackages: ['zfsutils-linux'] })).toEqual([
      'packages.install',
      'module.load',
    ]);
  });

  test('missing altogether is told apart from a missing module, and neither is installed half', () => {
    const missing = refusal({ zfs: zfs('missing'), missingPackages: ['zfsutils-linux', 'rsync'] });
    expect(missing).toMatchObject({ code: 'zfs-missing', exitCode: 3 });
    const module = refusal({ zfs: zfs('missing'), missingPackages: ['rsync'] });
    expect(module).toMatchObject({ code: 'zfs-module-missing', exitCode: 3 });
    for (const { suggestions } of [missing, module])
      expect(suggestions.join('\n')).toContain('linux-headers-cloud-amd64 zfs-dkms zfsutils-linux');
  });
});

test('without apt there is nothing bench could do', () => {
  expect(refusal({ missingPackages: ['rsync'], hasApt: false }).code).toBe('no-apt');
});
