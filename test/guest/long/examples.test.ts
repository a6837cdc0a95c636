import { beforeAll, describe, expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import { quote } from '../../../guest/ssh.js';
import { readJson } from '../../contract.js';
import { allExamples } from '../../examples.js';
import { useGuest, useGuests } from '../support.js';
import { bench } from './examples/bench.js';
import { clones } from './examples/clones.js';
import { fleet } from './examples/fleet.js';
import { hosts } from './examples/hosts.js';
import { keys } from './examples/keys.js';
import { night } from './examples/night.js';
import { offsite } from './examples/offsite.js';
import { server } from './examples/server.js';
import type { Answer, Between, Example } from './examples/story.js';
import { volumes } from './examples/volumes.js';

const CHAPTERS = [bench, night, offsite, volumes, clones, keys, server, hosts, fleet];
const TIME = { timeoutMs: 280_000 };

/** Where somebody types this: in the bench's directory, if there is one, unless it says what it is about. */
const placeOf = ({ example, at }: Example) =>
  /\b(?:shop|try|base|admin)\b/.test(example)
    ? `cd ${at ?? '/'}`
    : `cd ${at ?? '/srv/benches/shop'} 2>/dev/null || cd /`;

/** In a terminal of its own, where keys are typed once what they answer is there. */
async function inTerminal(guest: Guest, place: string, command: string, answers: readonly Answer[]) {
  const typing = answers.map(
    ([waits, keysOf]) =>
      `until grep -qF -e ${quote(waits)} -e 'Script done' "$screen"; do sleep 0.2; done; printf ${quote(keysOf)}`,
  );
  const script = `export TERM=xterm; ${place}; screen=$(mktemp)
    { ${typing.join('; ')}; } | script --quiet --return --flush --command ${quote(command)} "$screen"`;
  return guest.sh(script, { check: false, ...TIME });
}

async function tryOut(guest: Guest, step: Example): Promise<void> {
  const { example, typed = example, exits = 0, answers } = step;
  const place = placeOf(step);
  const { exitCode, stdout, stderr } =
    answers === undefined
      ? await guest.sh(`${place}; ${typed}`, { check: false, ...TIME })
      : await inTerminal(guest, place, typed, answers);
  expect(exitCode, stdout + stderr).toBe(exits);
  for (const [waits] of answers ?? []) expect(stdout).toContain(waits);
  if (example.endsWith('--json')) readJson(example.split(' ').slice(1), exits, stdout);
}

test('every example of every command is tried, once', () => {
  const steps = CHAPTERS.flatMap((chapter) => chapter.steps);
  const tried = steps.flatMap((step) => {
    if (typeof step === 'string') return [step];
    return 'example' in step ? [step.example] : [];
  });
  expect(tried.sort()).toEqual(
    allExamples()
      .map(({ text }) => text)
      .sort(),
  );
});

describe.each(CHAPTERS)('$title', ({ guests: wanted, prepare, steps }) => {
  const guests = useGuests(wanted);
  if (prepare !== undefined) beforeAll(() => prepare(guests()), 280_000);
  const first = Object.keys(wanted)[0] ?? '';
  const on = (step: Example | Between) => guests()[step.on ?? first] as Guest;
  for (const each of steps) {
    const step = typeof each === 'string' ? { example: each } : each;
    if ('example' in step) test(step.example, () => tryOut(on(step), step));
    else test('(what the next ones rely on)', () => on(step).sh(step.needs, TIME));
  }
});

describe('at a question', () => {
  const guest = useGuest({ image: 'bench' });

  test('Ctrl-C at the question of a restore exits with 130, says so, and has changed nothing', async () => {
    await guest().sh(
      'bench volume snapshot -b shop --tag friday; echo later > /srv/benches/shop/sites/later',
    );
    const command = 'bench volume restore-snapshot friday -b shop';
    const { exitCode, stdout } = await inTerminal(guest(), 'cd /', command, [[' to go on: ', '\\003']]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 130,
      stdout: expect.stringContaining('Error: Interrupted at the prompt. Nothing was changed.'),
    });
    expect(await guest().read('/srv/benches/shop/sites/later')).toBe('later\n');
    expect((await guest().sh('systemctl is-active mariadb@shop')).stdout).toBe('active\n');
  });
});
