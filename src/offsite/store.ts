import { VolumeError } from '../errors.js';
import { onOneLine } from '../printable.js';

/** An object as a store lists it. */
export interface StoredObject {
  key: string;
  sizeBytes: number;
  /** Without quotes; of what was put as a whole mostly its MD5. */
  etag: string;
  modifiedAt: Date;
}

/** What is known of one object. */
export interface ObjectHead extends Omit<StoredObject, 'key'> {
  /** Until when nobody can delete it; undefined where that is not so, or not known. */
  lockedUntil: Date | undefined;
}

/** What is put, and what the store has to find when it checks what has arrived. Digests in hexadecimal. */
export interface Content {
  /** Anew for each attempt. */
  open: () => AsyncIterable<Uint8Array>;
  sizeBytes: number;
  sha256: string;
  md5: string;
}

export interface PutOptions {
  /** Fails with `exists` where there is an object by that key; a store that cannot do that is not asked again. */
  isNew?: boolean;
  /** Object Lock: nobody can delete it until then. */
  lockedUntil?: Date | undefined;
}

/** An object store. Each call is one attempt; {@link retrying} makes more of them. Every failure is a {@link StoreError}. */
export interface Store {
  /** Everything below a prefix, in order. */
  list(prefix: string): Promise<StoredObject[]>;
  /** The names directly below a prefix that ends with a slash, each with its own slash. */
  folders(prefix: string): Promise<string[]>;
  /** @returns undefined where there is none */
  head(key: string): Promise<ObjectHead | undefined>;
  /** @returns undefined where there is none */
  get(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  put(key: string, content: Content, options?: PutOptions): Promise<{ etag: string }>;
  /** Well where it is gone already. */
  remove(key: string): Promise<void>;
  /** Whether objects of the bucket can be locked; false where the store does not know of that. */
  canLock(): Promise<boolean>;
  /** Locks an object for longer; never for shorter. */
  lock(key: string, until: Date): Promise<void>;
}

export type StoreFailure =
  /** May go well the next time. */
  | 'busy'
  /** What has arrived is not what was sent. */
  | 'damaged-on-the-way'
  | 'denied'
  | 'bucket-missing'
  | 'clock'
  | 'full'
  | 'exists'
  | 'locked'
  | 'unsupported'
  | 'refused';

/** What went wrong at the store. Its words are in it, and no secret. */
export class StoreError extends VolumeError {
  constructor(
    readonly failure: StoreFailure,
    /** What was tried, e.g. `put shop/…/manifest.json`. */
    what: string,
    /** Where, as bench.toml names it. */
    place: string,
    /** The store's words. */
    words: string,
    cause?: unknown,
  ) {
    super(`store-${failure}`, `${place}: ${what} ${MEANING[failure]}: ${onOneLine(words)}`, {
      suggestions: [...MEND[failure]],
      cause,
    });
  }

  /** Whether the same once more may go well. */
  get isPassing(): boolean {
    return this.failure === 'busy' || this.failure === 'damaged-on-the-way';
  }
}

const MEANING: Readonly<Record<StoreFailure, string>> = {
  busy: 'failed',
  'damaged-on-the-way': 'arrived otherwise than it was sent',
  denied: 'was not allowed',
  'bucket-missing': 'found no such bucket',
  clock: 'was refused for the time of this host',
  full: 'found no room',
  exists: 'found an object by that name',
  locked: 'found it locked',
  unsupported: 'is nothing that this store can do',
  refused: 'was refused',
};

const SAME_AGAIN = 'What was uploaded stays and is used: run the same command again.';

const MEND: Readonly<Record<StoreFailure, readonly string[]>> = {
  busy: ['Look whether [offsite] endpoint is right and can be reached from this host.', SAME_AGAIN],
  'damaged-on-the-way': ['Something on the way changes what is sent.', SAME_AGAIN],
  denied: [
    'Look whether [offsite] credentials names the right file, and whether that key may list, read, write and delete below the prefix.',
    SAME_AGAIN,
  ],
  'bucket-missing': ['bench makes no buckets: make it, or correct [offsite] url.'],
  clock: ['Set the clock right: timedatectl', SAME_AGAIN],
  full: ['Make room or raise the limit at the store, or keep fewer copies: bench offsite prune', SAME_AGAIN],
  exists: ['Somebody else writes there: give each host and bench a prefix of its own.'],
  locked: ['It can be deleted when its time is over.'],
  unsupported: [],
  refused: ['Look at [offsite] in bench.toml: url, endpoint, region.', SAME_AGAIN],
};
