import { open } from 'node:fs/promises';
import { HOST_CONFIG, readFleet } from '../config/host-config.js';
import type { FleetConfig } from '../config/host-fleet.js';
import { RefusedError, UsageError } from '../errors.js';
import { connectEtcd, type EtcdClient } from '../etcd/etcd.js';
import { readText, systemErrorCode } from '../host/files.js';

/** The fleet that this host is in, and etcd, which answers. */
export interface Fleet {
  config: FleetConfig;
  client: EtcdClient;
}

/**
 * Works with the fleet of this host.
 * @throws UsageError `fleet-missing` for a host that is in none; SilentError `fleet-silent`; what {@link openFleet} throws
 */
export async function withFleet<T>(work: (fleet: Fleet) => Promise<T>): Promise<T> {
  const fleet = await openFleet(requireFleet(await readFleet()));
  try {
    return await work(fleet);
  } finally {
    fleet.client.close();
  }
}

/** @throws UsageError `fleet-missing` */
export function requireFleet(config: FleetConfig | undefined): FleetConfig {
  if (config !== undefined) return config;
  throw new UsageError('fleet-missing', `This host is in no fleet: ${HOST_CONFIG} has no [fleet].`, {
    suggestions: ['bench fleet setup --etcd https://HOST:2379 --ca FILE --cert FILE --key FILE'],
  });
}

/**
 * @throws SilentError `fleet-silent` where no member of etcd answers that has a leader; UsageError `fleet-file-missing`;
 *   RefusedError `fleet-file-open`, `fleet-denies`
 */
export async function openFleet(config: FleetConfig): Promise<Fleet> {
  const client = await connectEtcd({
    endpoints: config.etcd,
    ca: await required(config.ca, 'ca'),
    certificate: await required(config.cert, 'cert'),
    key: await secret(config.key, 'key'),
    user: config.user,
    password: config.password === undefined ? undefined : (await secret(config.password, 'password')).trim(),
  });
  return { config, client };
}

async function required(path: string, key: string): Promise<string> {
  try {
    const text = await readText(path);
    if (text !== undefined) return text;
  } catch (cause) {
    throw unreadable(path, key, systemErrorCode(cause) ?? 'unreadable', cause);
  }
  throw unreadable(path, key, 'there is no such file');
}

/** Of the owner alone. */
async function secret(path: string, key: string): Promise<string> {
  const text = await required(path, key);
  const handle = await open(path, 'r');
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) === 0) return text;
  } finally {
    await handle.close();
  }
  throw new RefusedError(
    'fleet-file-open',
    `${path} is secret ([fleet] ${key}), and others than its owner may open it.`,
    { suggestions: [`chmod 600 ${path}`] },
  );
}

function unreadable(path: string, key: string, why: string, cause?: unknown): UsageError {
  return new UsageError('fleet-file-missing', `${path} ([fleet] ${key}) cannot be read: ${why}.`, {
    suggestions: ['Run it with sudo.', `[fleet] in ${HOST_CONFIG}`],
    cause,
  });
}
