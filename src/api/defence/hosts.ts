import { isIPv4 } from 'node:net';

/** Names by which a browser on this host, or one behind a forwarded port, calls the server. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The names that a request may be meant for. Only these: a page of somebody else's whose name was made to point here
 * (DNS rebinding) still sends its own. A port says nothing, because `ssh -L` gives another one. Pure.
 * @param more names of this host for clients beyond loopback
 */
export function allowedHosts(more: readonly string[]): ReadonlySet<string> {
  return new Set([...LOOPBACK, ...more.map((name) => name.toLowerCase())]);
}

/** The name in a Host header, without its port; undefined for what is none. */
export function hostName(header: string | undefined): string | undefined {
  const [, name] =
    /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '') ?? [];
  return name;
}

/** Whether an address is this host's own, which nobody else can reach. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || (isIPv4(address) && address.startsWith('127.'));
}

export interface Origins {
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  fetchMode: string | undefined;
  /** Whether it asks for the page itself, which holds no data and which a link anywhere may lead to. */
  forPage: boolean;
  isTls: boolean;
}

/**
 * Why a request that a browser sends is not one of our own page's; undefined where it is, or where no browser sends it:
 * programs say neither `Origin` nor `Sec-Fetch-Site`. Pure.
 */
export function foreignOrigin({
  host,
  origin,
  fetchSite,
  fetchMode,
  forPage,
  isTls,
}: Origins): string | undefined {
  if (forPage && fetchMode === 'navigate') return undefined;
  const own = `${isTls ? 'https' : 'http'}://${host?.toLowerCase() ?? ''}`;
  if (origin !== undefined && origin.toLowerCase() !== own) return `it comes from ${origin}`;
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none')
    return `the browser calls it ${fetchSite}`;
  return undefined;
}
