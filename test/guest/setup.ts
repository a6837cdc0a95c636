import { stderrProgress } from '../../guest/progress.js';
import { builtDeb, prepareGuest } from '../../guest/start.js';

/** Once before all guest tests: makes what they start from, so that no test's time limit pays for it. */
export default async function setup(): Promise<void> {
  const progress = stderrProgress();
  const deb = await builtDeb();
  if (!deb) progress('no package in build/ (npm run build makes it): tests of the product will fail');
  const { image, state } = await prepareGuest(deb ? 'product' : 'base', progress);
  state?.lease.release();
  image.lease.release();
}
