import type { ConfigChange } from '../config/edit.js';
import { formatSize, humanSize, parseSize, sizeProblem } from '../config/size.js';
import { validate } from '../config/validate.js';
import { BenchError } from '../errors.js';
import { withoutNothingChanged } from '../printable.js';
import {
  imageSize,
  type Offer,
  type Place,
  placesOf,
  type Settled,
  settle,
  type Wish,
} from '../volume-manager/volume-manager.js';

export type QuestionId = 'name' | 'port' | 'place' | 'imageSize' | 'quota' | 'reservation' | 'confirm';

/** What was answered, as it was typed; the place by its number. */
export type Answers = Partial<Record<QuestionId, string>>;

/** What `bench new` is to write. */
export interface NewBenchWish {
  name: string;
  port: number;
  changes: readonly ConfigChange[];
}

export const LABELS: Readonly<Record<QuestionId, string>> = {
  name: 'Name',
  port: 'Port',
  place: 'Backing',
  imageSize: 'Image',
  quota: 'Quota',
  reservation: 'Reservation',
  confirm: 'Write it?',
};

/** The questions in their order; which there are depends on what the pool is to lie on. Pure. */
export function questionsFor(offer: Offer, answers: Answers): QuestionId[] {
  const place = placeOf(offer, answers);
  const sizes: QuestionId[] = place?.kind === 'import' ? [] : ['quota', 'reservation'];
  return [
    'name',
    'port',
    'place',
    ...(place?.kind === 'image' ? ['imageSize' as const] : []),
    ...sizes,
    'confirm',
  ];
}

/** What Enter alone would answer. Pure. */
export function prefill(id: QuestionId, offer: Offer, answers: Answers, wantedName: string): string {
  switch (id) {
    case 'name':
      return wantedName;
    case 'port':
      return String(offer.freePort);
    case 'place':
      return '0';
    case 'imageSize':
      return orNothing(() => formatSize(imageSize(offer.facts.imageFreeBytes)));
    case 'quota':
      return orNothing(() => formatSize(settled(offer, answers)?.sizes.quotaBytes ?? 0));
    case 'reservation':
      return orNothing(() => formatSize(settled(offer, answers)?.sizes.reservationBytes ?? 0));
    case 'confirm':
      return '';
  }
}

/** Why an answer cannot be taken, by the rules of bench.toml and of `bench init`; undefined where it can. Pure. */
export function refusal(id: QuestionId, value: string, offer: Offer, before: Answers): string | undefined {
  const answers = { ...before, [id]: value };
  switch (id) {
    case 'name': {
      const taken = offer.others.some(({ name }) => name === value);
      if (taken) return 'There is a bench of that name on this host already.';
      return invalid({ bench: { name: value } });
    }
    case 'port':
      return portRefusal(value, answers, offer);
    case 'place':
      return placeRefusal(offer, answers);
    case 'imageSize':
    case 'quota':
    case 'reservation':
      return it(sizeProblem(value)) ?? misfit(() => settled(offer, answers));
    case 'confirm':
      return undefined;
  }
}

function portRefusal(value: string, answers: Answers, { others, listening }: Offer): string | undefined {
  const port = /^\d{1,9}$/.test(value) ? Number(value) : value;
  const wrong = invalid({ bench: { name: answers.name }, mariadb: { port } });
  if (wrong !== undefined) return wrong;
  const other = others.find(({ mariadb }) => mariadb.port === port);
  if (other !== undefined) return `It belongs to the bench ${other.name}.`;
  return listening.has(Number(port)) ? 'It is in use by another program.' : undefined;
}

/** An image has a size of its own to be asked for; but where none would fit there is nothing to ask. */
function placeRefusal(offer: Offer, answers: Answers): string | undefined {
  const place = placeOf(offer, answers);
  if (place?.kind === 'image' && offer.facts.imageBytes === undefined)
    return misfit(() => imageSize(offer.facts.imageFreeBytes));
  return misfit(() => settled(offer, answers));
}

function invalid(document: Record<string, unknown>): string | undefined {
  return it(validate(document, process.platform).findings[0]?.message);
}

/** The rules of bench.toml are clauses that follow a key. */
function it(rule: string | undefined): string | undefined {
  return rule === undefined ? undefined : `It ${rule}.`;
}

function misfit(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return withoutNothingChanged(error.message);
  }
}

function orNothing(compute: () => string): string {
  let text = '';
  return misfit(() => {
    text = compute();
  }) === undefined
    ? text
    : '';
}

function placeOf(offer: Offer, answers: Answers): Place | undefined {
  return answers.place === undefined ? undefined : placesOf(offer)[Number(answers.place)];
}

function settled(offer: Offer, answers: Answers): Settled | undefined {
  const place = placeOf(offer, answers);
  if (place === undefined) return undefined;
  const bytes = (size: string | undefined) => (size === undefined ? undefined : parseSize(size));
  const wish: Wish = {
    place,
    imageBytes: bytes(answers.imageSize),
    quotaBytes: bytes(answers.quota),
    reservationBytes: bytes(answers.reservation),
  };
  return settle(offer, wish);
}

/** What the answers come to, once there are all. Pure. */
export function wishOf(offer: Offer, answers: Answers): NewBenchWish {
  const changes = settled(offer, answers)?.changes ?? [];
  return { name: answers.name ?? '', port: Number(answers.port), changes };
}

/** What the operator should know before it is written. Pure. */
export function notesOf(offer: Offer, answers: Answers): readonly string[] {
  return settled(offer, answers)?.sizes.notes ?? [];
}

/** One line for each choice. */
export function placeText(place: Place): string {
  switch (place.kind) {
    case 'pool':
      return `a dataset in the pool that is there, on ${place.path}`;
    case 'import':
      return 'the pool that is there and not imported: bench init imports it';
    case 'device':
      return `the disk ${place.disk.stablePath ?? place.disk.path} (${humanSize(place.disk.sizeBytes)})`;
    case 'image':
      return `an image, ${place.path} (${humanSize(place.freeBytes)} are free there)`;
  }
}
