import { absolutePath, type Validator } from './names.js';

/** Validators for what names an object store and who may read what is in it; undefined when the value is fine. */

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
/** S3 allows 1024 bytes for a key; bench adds at most some 150. */
const LONGEST_PREFIX = 512;

/** `s3://bucket/prefix`; the prefix may be left out. */
export const s3Url: Validator = (value) => {
  const wrong = 'must be s3://BUCKET or s3://BUCKET/PREFIX';
  if (!value.startsWith('s3://')) return wrong;
  const [bucket = '', ...rest] = value.slice('s3://'.length).replace(/\/$/, '').split('/');
  const prefix = rest.join('/');
  if (!BUCKET.test(bucket))
    return `${wrong}; a bucket has 3 to 63 small letters, digits, "." or "-", a letter or digit first and last`;
  if (prefix === '') return undefined;
  if (!PREFIX.test(prefix) || prefix.length > LONGEST_PREFIX)
    return `${wrong}; a prefix has letters, digits, "_", "." or "-" between slashes, at most ${LONGEST_PREFIX}`;
  return prefix.split('/').some((part) => part === '.' || part === '..')
    ? `${wrong}; a prefix has no "." or ".." component`
    : undefined;
};

/** What {@link s3Url} has allowed, in its parts; the prefix ends with a slash, or is empty. */
export function parseS3Url(url: string): { bucket: string; prefix: string } {
  const [bucket = '', ...rest] = url.slice('s3://'.length).replace(/\/$/, '').split('/');
  return { bucket, prefix: rest.length === 0 ? '' : `${rest.join('/')}/` };
}

/** Where the store listens: scheme, host and port, and nothing that could hold a password. */
export const storeEndpoint: Validator = (value) => {
  const wrong = 'must be http:// or https:// with a host, and a port if need be';
  if (!/^https?:\/\/[A-Za-z0-9.[\]:_-]+\/?$/.test(value) || value.length > 255) return wrong;
  try {
    const { username, password, pathname } = new URL(value);
    return username === '' && password === '' && pathname === '/' ? undefined : wrong;
  } catch {
    return wrong;
  }
};

export const storeRegion: Validator = (value) =>
  /^[a-z0-9][a-z0-9-]{0,62}$/.test(value)
    ? undefined
    : 'must be the name of a region, such as "eu-central-1"';

/** systemd allows file names as names of credentials (systemd.exec(5)); these need no quotes anywhere. */
const CREDENTIAL = /^credential:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** An absolute path, or `credential:NAME`. */
export const credentialsSource: Validator = (value) => {
  if (CREDENTIAL.test(value)) return undefined;
  const wrong = absolutePath(value);
  return wrong === undefined
    ? undefined
    : 'must be the absolute path of a file, or "credential:NAME" for a credential of systemd; never the secret itself';
};

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/**
 * A public key of age for X25519, `age1…`: Bech32 with its checksum (BIP 173), so that a letter mistyped is found here and
 * not when the copy is needed.
 */
export const ageRecipient: Validator = (value) => {
  if (/^AGE-SECRET-KEY-/i.test(value))
    return 'must be a public key (age1…): this is a secret one, which does not belong on the server at all';
  if (!/^age1[a-z0-9]{58}$/.test(value))
    return 'must be a public key of age: "age1" and 58 letters and digits';
  return isBech32(value) ? undefined : 'is no public key of age: a letter of it is wrong';
};

function isBech32(value: string): boolean {
  const at = value.lastIndexOf('1');
  const prefix = [...value.slice(0, at)].map((character) => character.charCodeAt(0));
  const data = [...value.slice(at + 1)].map((character) => CHARSET.indexOf(character));
  if (data.includes(-1)) return false;
  const values = [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data];
  let checksum = 1;
  for (const number of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ number;
    GENERATOR.forEach((generator, bit) => {
      if ((top >>> bit) & 1) checksum ^= generator;
    });
  }
  return checksum === 1;
}
