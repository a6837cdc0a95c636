import { RefusedError } from '../errors.js';
import { hasApt, type Program, packagesFor } from '../host/packages.js';
import type { Step } from '../steps/steps.js';

/**
 * What brings programs to the host that not every host has.
 * @throws RefusedError `no-apt`
 */
export async function softwareSteps(programs: readonly Program[]): Promise<Step[]> {
  const packages = await packagesFor(programs);
  if (packages.length === 0) return [];
  if (await hasApt()) return [{ kind: 'packages.install', packages, holdBack: false }];
  throw new RefusedError(
    'no-apt',
    `This host has no apt-get, by which bench could install ${packages.join(', ')}. Nothing was changed.`,
    { suggestions: ['Install it by the means of this host, then run the command again.'] },
  );
}
