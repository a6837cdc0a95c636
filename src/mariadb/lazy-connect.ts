import type { Connect } from './session.js';

/** The real one, loaded when it is first needed: mysql2 would cost every command's start 100 ms. */
export const lazyConnect: Connect = async (options) => (await import('./connection.js')).connect(options);

/** Loads it before it is needed, beside what is waited for anyway. */
export async function loadClient(): Promise<void> {
  await import('./connection.js');
}
