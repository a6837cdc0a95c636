import { checkConfig } from '../../../src/config/load.js';
import { newConfigText } from '../../../src/config/template.js';
import type { Disk } from '../../../src/disks/types.js';
import type { Offer } from '../../../src/volume-manager/offer.js';
import { GIB } from '../../../src/volume-manager/sizing.js';

export async function configNamed(name: string, port: number) {
  const { config } = await checkConfig(newConfigText({ name, port }), `/srv/benches/${name}/bench.toml`);
  if (config === undefined) throw new Error('the template is not valid');
  return config;
}

export function disk(path: string, gib: number, reasons: Disk['reasons'] = []): Disk {
  return {
    path,
    stablePath: `/dev/disk/by-id/virtio-${path.slice(-1)}`,
    sizeBytes: gib * GIB,
    model: null,
    serial: null,
    transport: null,
    rotational: null,
    supportsTrim: true,
    qualifies: reasons.length === 0,
    reasons,
  };
}

/** A host with two free disks, one that is mounted, another bench, and a program that listens on port 3309. */
export async function offer(facts: Partial<Offer['facts']> = {}): Promise<Offer> {
  return {
    defaults: await configNamed('bench', 3307),
    facts: {
      pool: undefined,
      disks: [
        disk('/dev/vda', 100, [{ code: 'mounted', message: '/dev/vda is mounted at /' }]),
        disk('/dev/vdb', 20),
        disk('/dev/vdc', 40),
      ],
      wipe: undefined,
      devicePath: undefined,
      rootFreeBytes: 60 * GIB,
      imageFreeBytes: 60 * GIB,
      imageBytes: undefined,
      record: undefined,
      ...facts,
    },
    isImportable: false,
    others: [await configNamed('other', 3307)],
    listening: new Set([3309]),
    freePort: 3308,
  };
}
