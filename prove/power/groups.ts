import type { Guest } from '../../guest/guest.js';
import type { StartOptions } from '../../guest/start.js';
import { hostAddress } from '../../guest/together.js';
import { STORE, startMoto } from '../../test/guest/store.js';
import { copies, nameScripts } from '../faults/copies.js';
import { copiesElsewhere, nameStore } from '../faults/copies-elsewhere.js';
import { clearDoomed, drops } from '../faults/drops.js';
import { DEVICE, moved } from '../faults/inits.js';
import { quickOperations, restores } from '../faults/operations.js';
import { becomeNewer, type Scene, setScene } from '../faults/scene.js';
import { snapshotUses } from '../faults/snapshot-uses.js';
import { volumeOperations } from '../faults/volumes.js';
import type { Operation } from '../faults/walk.js';
import { linkHosts, promotions, titlesOfPromotions } from './promotions.js';

/** Another machine, whose power stays on; it ends with the one that is cut. */
export type StartBeside = (options: StartOptions) => Promise<Guest>;

export interface Prepared {
  operations: readonly Operation[];
  /** What the machine needs from outside of it after each boot. */
  booted?: () => Promise<void>;
}

/** Operations of one machine, and what it needs before them. */
export interface Group {
  prepare(guest: Guest, startBeside: StartBeside): Promise<Prepared>;
  /** Of its operations, for a machine that nothing is wanted of. */
  titles: readonly string[];
}

const NO_SCENE: Scene = { good: '', newer: '' };
const INIT = moved('init (existing data)', DEVICE);

/** Those of a bench which is there; `new` makes none. */
function ofOneBench(scene: Scene): Operation[] {
  const others = [
    ...quickOperations(scene),
    ...snapshotUses(scene),
    ...volumeOperations(scene),
    ...drops(scene),
  ].map((operation) => ({
    ...operation,
    // The restore before it has brought back older data.
    prepare: async (guest: Guest) => {
      await becomeNewer(guest, scene);
      await operation.prepare(guest);
    },
  }));
  const first = restores(scene).map((operation) => ({
    ...operation,
    prepare: async (guest: Guest) => {
      // What a drop was tried on holds a snapshot, and would be in the way of a restore.
      await clearDoomed(guest);
      await operation.prepare(guest);
    },
  }));
  return [...first, ...others].filter(({ title }) => title !== 'new');
}

/** Something to push that takes a while, and that no look at the content sees. */
function withWeight(operation: Operation): Operation {
  return {
    ...operation,
    prepare: async (guest) => {
      await operation.prepare(guest);
      if (operation.title === 'offsite push')
        await guest.sh('head -c 24M /dev/urandom > /srv/benches/shop/weight');
    },
  };
}

const titlesOf = (operations: readonly Operation[]) => operations.map(({ title }) => title);

export const GROUPS: readonly Group[] = [
  { prepare: async () => ({ operations: [INIT] }), titles: [INIT.title] },
  {
    prepare: async (guest) => ({ operations: ofOneBench(await setScene(guest)) }),
    titles: titlesOf(ofOneBench(NO_SCENE)),
  },
  {
    prepare: async (guest) => {
      const scene = await setScene(guest);
      await nameScripts(guest);
      return { operations: copies(scene) };
    },
    titles: titlesOf(copies(NO_SCENE)),
  },
  {
    // The store is elsewhere, and keeps what it has.
    prepare: async (guest, startBeside) => {
      const store = await startBeside({ image: 'product' });
      await startMoto(store);
      const port = await store.forward(new URL(STORE.endpoint).host);
      const scene = await setScene(guest);
      await nameStore(guest, `http://${hostAddress}:${port}`);
      return { operations: copiesElsewhere(scene).map(withWeight) };
    },
    titles: titlesOf(copiesElsewhere(NO_SCENE)),
  },
  {
    prepare: async (guest, startBeside) => {
      const source = await startBeside({ image: 'bench' });
      const booted = await linkHosts(source, guest);
      return { operations: promotions(source, guest), booted };
    },
    titles: titlesOfPromotions,
  },
];
