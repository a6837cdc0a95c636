import type { Registry, Volume } from '../../../src/registry/registry.js';

/** A whole raw block volume of the pool `tank`, changed as a test wants it. */
export function block(changed: Partial<Volume> = {}): Volume {
  const name = changed.name ?? 'disk';
  return {
    ...{ dataset: `tank/_volumes/${name}`, pool: 'tank', name, role: 'data', id: `id-${name}` },
    ...{ kind: 'block', format: 'raw', state: 'whole', madeBy: 'create', wasNoted: false, atWork: undefined },
    ...{
      shared: false,
      sizeBytes: 1024 ** 3,
      usedBytes: 0,
      writtenBytes: 0,
      availableBytes: 0,
      reservedBytes: 0,
    },
    ...{
      mountpoint: '-',
      mounted: false,
      canmount: '-',
      lockedBy: undefined,
      isEncrypted: false,
      origin: undefined,
      guid: '1',
    },
    ...{ createdAt: new Date(0), bench: undefined, overlayOf: undefined, description: '', labels: {} },
    ...{ attachments: [], history: [], damaged: [] },
    ...changed,
  };
}

/** A pool `tank` with these volumes. */
export function pool(volumes: Volume[] = [], rest: Partial<Registry> = {}): Registry {
  const tank = { name: 'tank', usedBytes: 0, availableBytes: 1024 ** 4, mountpoint: '/tank' };
  return {
    volumes,
    pools: [{ ...tank, mounted: true, canmount: 'on' }],
    places: new Map(),
    exports: [],
    kept: [],
    ...rest,
  };
}
