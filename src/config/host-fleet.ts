import { hostname } from 'node:os';
import * as z from 'zod/mini';
import {
  absolutePath,
  etcdEndpoint,
  etcdPrefix,
  fleetHost,
  labelKey,
  labelValue,
  remoteHost,
  userName,
  type Validator,
} from '../names.js';

/** `[fleet]` of /etc/bench/host.toml: the hosts that this one is one of (SPEC-2 section 23). */
export interface FleetConfig {
  /** Members of etcd, `https://HOST:PORT`. */
  etcd: string[];
  /** Files in PEM. */
  ca: string;
  cert: string;
  key: string;
  /** A user of etcd's, and the file that its password is in. */
  user: string | undefined;
  password: string | undefined;
  /** Before every key; begins and ends with a slash. */
  prefix: string;
  /** What the fleet calls this host. */
  name: string;
  /** How other hosts reach it by ssh. */
  address: string;
  labels: Record<string, string>;
  /**
   * Whether a bench that has a copy elsewhere starts where etcd does not answer: `always`, or only when it has
   * (`answered`).
   */
  start: 'always' | 'answered';
}

export const DEFAULT_PREFIX = '/bench/';

const valid = (validator: Validator) =>
  z.string('must be a text').check(
    z.refine((value) => validator(value) === undefined, {
      error: ({ input }) => validator(String(input)) ?? 'is not valid',
    }),
  );

export const FleetToml = z.strictObject({
  etcd: z
    .array(valid(etcdEndpoint), 'must be a list such as ["https://etcd1.example.org:2379"]')
    .check(z.minLength(1, 'must name at least one member of etcd')),
  ca: valid(absolutePath),
  cert: valid(absolutePath),
  key: valid(absolutePath),
  user: z.optional(valid(userName)),
  password: z.optional(valid(absolutePath)),
  prefix: z.optional(valid(etcdPrefix)),
  name: z.optional(valid(fleetHost)),
  address: z.optional(valid(remoteHost)),
  labels: z.optional(z.record(valid(labelKey), valid(labelValue))),
  start: z.optional(z.enum(['always', 'answered'], 'must be "always" or "answered"')),
});

export const FLEET_KEYS = Object.keys(FleetToml.shape);

export function fleetOf(toml: z.infer<typeof FleetToml>): FleetConfig {
  const name = toml.name ?? hostname();
  return {
    etcd: toml.etcd.map((endpoint) => endpoint.replace(/\/$/, '')),
    ca: toml.ca,
    cert: toml.cert,
    key: toml.key,
    user: toml.user,
    password: toml.password,
    prefix: toml.prefix ?? DEFAULT_PREFIX,
    name,
    address: toml.address ?? name,
    labels: toml.labels ?? {},
    start: toml.start ?? 'always',
  };
}
