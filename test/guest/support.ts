import { afterAll, beforeAll, beforeEach, onTestFailed } from 'vitest';
import type { Guest } from '../../guest/guest.js';
import { silent, stderrProgress } from '../../guest/progress.js';
import { type StartOptions, startGuest } from '../../guest/start.js';
import { introduce } from '../../guest/together.js';

/**
 * A fresh guest for the tests of this file or `describe`. When one of them fails, the guest's console and
 * journal are saved, and where they are is printed with the failure.
 *
 *     const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'disk-a' }] });
 *     test('…', async () => { await guest().sh('bench volume discover'); });
 */
export function useGuest(options: StartOptions = {}): () => Guest {
  let guest: Guest | undefined;
  beforeAll(async () => {
    // QEMU's image is made by the first test that asks for it, in minutes, and those are told.
    const asksForQemu = options.machine === 'qemu' || options.losesUnflushed === true;
    guest = await startGuest(options, asksForQemu ? stderrProgress() : silent);
  }, 1_500_000);
  beforeEach(() => {
    onTestFailed(async ({ task }) => {
      if (guest) console.error(`${task.name} failed. ${await guest.diagnose()}`);
    }, 60_000);
  });
  afterAll(() => guest?.stop());
  return () => {
    if (!guest) throw new Error('the guest is there inside tests and hooks only');
    return guest;
  };
}

/**
 * Several guests that see one another: in `a`, `ssh b` reaches b. Each costs what one does, so ask for as few as will do.
 *
 *     const guests = useGuests({ a: { image: 'bench' }, b: { image: 'product', disks: [{ size: '20G' }] } });
 *     test('…', async () => { await guests().a.sh('ssh b hostname'); });
 */
export function useGuests<Name extends string>(
  options: Readonly<Record<Name, StartOptions>>,
): () => Record<Name, Guest> {
  const names = Object.keys(options) as Name[];
  const guests = names.map((name) => useGuest({ label: name, ...options[name] }));
  const all = () => Object.fromEntries(names.map((name, index) => [name, guests[index]?.()]));
  beforeAll(() => introduce(all() as Record<Name, Guest>), 120_000);
  return () => all() as Record<Name, Guest>;
}

/** The guest's image leaves documentation out, as small ones do; a server has it. */
export const KEEP_DOCUMENTATION = 'grep -l path-exclude /etc/dpkg/dpkg.cfg.d/* | xargs rm';
