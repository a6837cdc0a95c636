import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';

/** @throws RefusedError `no-space` */
export function refuseNoSpace(
  where: string,
  available: number,
  needed: number,
  suggestions: readonly string[],
): void {
  if (needed <= available) return;
  throw new RefusedError(
    'no-space',
    `${where} has ${humanSize(available)} left, and this may take ${humanSize(needed)}. Nothing was changed.`,
    { suggestions },
  );
}
