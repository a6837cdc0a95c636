/** What stands in etcd, below the prefix of the fleet. Who owns a bench stands beside it, in the room of ownership. */

export const hostsPrefix = (prefix: string) => `${prefix}hosts/`;
/** While a host publishes: goes with its lease. */
export const alivePrefix = (prefix: string) => `${prefix}alive/`;
export const inventoryPrefix = (prefix: string, host?: string) =>
  `${prefix}inventory/${host === undefined ? '' : `${host}/`}`;

export const hostKey = (prefix: string, host: string) => `${hostsPrefix(prefix)}${host}`;
export const aliveKey = (prefix: string, host: string) => `${alivePrefix(prefix)}${host}`;

/** One part of what a host has told. A later generation is a greater word. */
export function chunkKey(
  prefix: string,
  { host, generation, part, parts }: Omit<ChunkName, 'generation'> & { generation: number },
): string {
  const number = (value: number, digits: number) => String(value).padStart(digits, '0');
  return `${inventoryPrefix(prefix, host)}${number(generation, 15)}/${number(part, 4)}of${number(parts, 4)}`;
}

export interface ChunkName {
  host: string;
  generation: string;
  part: number;
  parts: number;
}

/** Undefined for a key that bench has not written. */
export function parseChunkKey(prefix: string, key: string): ChunkName | undefined {
  const found = /^([^/]+)\/(\d{15})\/(\d{4})of(\d{4})$/.exec(key.slice(inventoryPrefix(prefix).length));
  if (found === null) return undefined;
  const [, host = '', generation = '', part, parts] = found;
  return { host, generation, part: Number(part), parts: Number(parts) };
}
