import { randomBytes } from 'node:crypto';

/** What a volume is known by, whatever it is called: twelve hexadecimal digits. */
export function newId(): string {
  return randomBytes(6).toString('hex');
}
