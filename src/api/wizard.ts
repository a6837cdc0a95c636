import { createBenchToml, type NewBench } from '../config/new-bench.js';
import { humanSize } from '../config/size.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  imageSize,
  type Offer,
  type Place,
  placesOf,
  readOffer,
  settle,
} from '../volume-manager/volume-manager.js';

/** What somebody wants of a new bench; sizes in bytes, and computed where there are none. */
export interface BenchWish {
  name: string;
  port?: number | undefined;
  place?: { kind: Place['kind']; path?: string | undefined } | undefined;
  imageBytes?: number | undefined;
  quotaBytes?: number | undefined;
  reservationBytes?: number | undefined;
}

/** What this host has, each place with the sizes that `bench init` would compute for it. */
export async function offerJson(runner: Runner) {
  const offer = await readOffer(runner);
  return {
    port: offer.freePort,
    benches: offer.others.map(({ name }) => name),
    places: placesOf(offer).map((place) => placeJson(offer, place)),
  };
}

function placeJson(offer: Offer, place: Place) {
  const common = { kind: place.kind, path: pathOf(place), sizeBytes: sizeOf(place), title: titleOf(place) };
  const none = { imageBytes: null, quotaBytes: null, reservationBytes: null, notes: [], problem: null };
  try {
    const imageBytes = place.kind === 'image' ? imageSize(place.freeBytes) : null;
    const settled = settle(offer, { place, ...(imageBytes === null ? {} : { imageBytes }) });
    if (settled === undefined) return { ...common, ...none };
    const { quotaBytes, reservationBytes, notes } = settled.sizes;
    return { ...common, imageBytes, quotaBytes, reservationBytes, notes: [...notes], problem: null };
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return { ...common, ...none, problem: error.message };
  }
}

/**
 * Writes the bench.toml of a new bench. Where its pool lies is one of the places that this host offers: a path that a
 * client names is only compared with those.
 * @throws UsageError `place-missing`, `bench-name-invalid`, `config-invalid`; RefusedError `bench-exists`, `port-taken`,
 *   and whatever init would refuse
 */
export async function makeFromWish(runner: Runner, wish: BenchWish): Promise<NewBench> {
  const offer = await readOffer(runner);
  const { name, imageBytes, quotaBytes, reservationBytes } = wish;
  const port = wish.port ?? offer.freePort;
  const taken = offer.others.find(({ mariadb }) => mariadb.port === port);
  if (taken !== undefined || offer.listening.has(port))
    throw new RefusedError(
      'port-taken',
      `Port ${port} ${taken === undefined ? 'is in use by another program' : `belongs to the bench ${taken.name}`}. Nothing was changed.`,
      { suggestions: [`The first free one is ${offer.freePort}.`] },
    );
  const place = placesOf(offer).find(
    (each) =>
      wish.place === undefined ||
      (each.kind === wish.place.kind && (wish.place.path === undefined || wish.place.path === pathOf(each))),
  );
  if (place === undefined)
    throw new UsageError('place-missing', 'This host does not offer that place. Nothing was changed.', {
      suggestions: ['What it offers: GET /v1/wizard'],
    });
  const settled = settle(offer, { place, imageBytes, quotaBytes, reservationBytes });
  return createBenchToml(name, port, settled?.changes ?? []);
}

function pathOf(place: Place): string | null {
  if (place.kind === 'import') return null;
  return place.kind === 'device' ? (place.disk.stablePath ?? place.disk.path) : place.path;
}

function sizeOf(place: Place): number | null {
  if (place.kind === 'device') return place.disk.sizeBytes;
  return place.kind === 'image' ? place.freeBytes : null;
}

function titleOf(place: Place): string {
  switch (place.kind) {
    case 'pool':
      return `A dataset in the pool that is there, on ${place.path}`;
    case 'import':
      return 'The pool that is there and not imported';
    case 'device':
      return `The disk ${place.disk.stablePath ?? place.disk.path} (${humanSize(place.disk.sizeBytes)})`;
    case 'image':
      return `An image, ${place.path} (${humanSize(place.freeBytes)} are free there)`;
  }
}
