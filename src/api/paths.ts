import { join } from 'node:path';
import { STATE_DIR } from '../host/paths.js';

/** Where the server keeps what it knows: all of it is root's alone. */
export interface AdminPaths {
  /** Gone with the next boot: operations, sessions, addresses to log in by. */
  run: string;
  /** What stays: tokens. */
  state: string;
}

export const RUN_DIR = '/run/bench';

/** A name with a dot is none of a bench's. */
export const ADMIN_PATHS: AdminPaths = { run: RUN_DIR, state: join(STATE_DIR, '.admin') };

export const API_SOCKET = join(RUN_DIR, 'api.sock');

export function tokensIn({ state }: AdminPaths): string {
  return join(state, 'tokens');
}

export function loginsIn({ run }: AdminPaths): string {
  return join(run, 'logins');
}

export function sessionsIn({ run }: AdminPaths): string {
  return join(run, 'sessions');
}

export function operationsIn({ run }: AdminPaths): string {
  return join(run, 'operations');
}
