import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Part } from '../../../src/bench/bench.js';
import { BusyError } from '../../../src/errors.js';
import {
  applySteps,
  commandsFor,
  halfWay,
  perform,
  type Step,
  type StepEvent,
} from '../../../src/steps/steps.js';
import { type ScriptedAnswer, ScriptedRunner } from '../support/scripted-runner.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-apply-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Answers to just the commands that a dry run of these steps prints. */
function scriptOf(steps: readonly Step[], output: (argv: readonly string[]) => Partial<ScriptedAnswer>) {
  return steps.flatMap(commandsFor).map(({ argv }) => ({ argv, ...output(argv) }));
}

/** Events without the times. */
function told(events: readonly StepEvent[]): unknown[] {
  return events.map(({ durationMs, ...event }) => {
    expect(durationMs).toBeGreaterThanOrEqual(0);
    return event;
  });
}

test('steps are carried out in order, by the commands that a dry run prints, and told', async () => {
  const steps: Step[] = [
    { kind: 'dataset.set', dataset: 'p/shop', properties: { quota: '5G' } },
    { kind: 'systemd.reload' },
  ];
  const runner = new ScriptedRunner(scriptOf(steps, () => ({})));
  const events: StepEvent[] = [];
  await applySteps(steps, runner, (event) => events.push(event));
  expect(runner.lines).toEqual(['zfs set quota=5G p/shop', 'systemctl daemon-reload']);
  expect(told(events)).toEqual([
    { kind: 'step-started', title: 'Set quota=5G on p/shop' },
    { kind: 'step-finished', title: 'Set quota=5G on p/shop' },
    { kind: 'step-started', title: 'Reload systemd' },
    { kind: 'step-finished', title: 'Reload systemd' },
  ]);
});

test('what a kind does beside its commands is done, and what a command says of itself is progress', async () => {
  const part: Part = {
    name: 'benches',
    source: join(root, 'benches'),
    target: join(root, 'host'),
    staging: join(root, 'incoming'),
    stagingMark: join(root, 'incoming.json'),
  };
  await mkdir(part.staging);
  const steps: Step[] = [
    { kind: 'part.migrate', part, aside: '/aside', resume: true, disposable: false, bench: 'shop' },
  ];
  const copied = '  9,000,000  25%    8.13MB/s    0:00:01 (xfr#3, to-chk=9/13)\n';
  const runner = new ScriptedRunner(
    scriptOf(steps, (argv) => (argv.includes('--info=progress2') ? { stdout: copied } : {})),
  );
  const events: StepEvent[] = [];
  await applySteps(steps, runner, (event) => events.push(event));
  const title = `Bring ${part.target} into the dataset; the original stays as /aside`;
  expect(told(events)).toEqual([
    { kind: 'step-started', title },
    { kind: 'step-progress', title, percent: 25, detail: '8.6M copied, 8.13MB/s' },
    { kind: 'step-finished', title },
  ]);
  // Only the copy is listened to: the comparison prints what differs, in lines of its own.
  expect(runner.commands.map(({ onLine }) => onLine !== undefined)).toEqual([true, false, false]);
  expect(await readdir(root)).toEqual(['benches']);
  expect(JSON.parse(await readFile(join(part.source, '.bench-volume'), 'utf8'))).toEqual({
    bench: 'shop',
    layout: 1,
  });
});

test('a step that fails has no end, and none after it begins', async () => {
  const steps: Step[] = [{ kind: 'systemd.reload' }, { kind: 'unit.enable', unit: 'mariadb@shop.service' }];
  const runner = new ScriptedRunner(scriptOf(steps, () => ({ exitCode: 1 })));
  const events: StepEvent[] = [];
  await expect(applySteps(steps, runner, (event) => events.push(event))).rejects.toThrow(/exit code 1/);
  expect(told(events)).toEqual([{ kind: 'step-started', title: 'Reload systemd' }]);
});

test('a step of anything else, such as a restore, is told in the same way', async () => {
  const events: StepEvent[] = [];
  const result = await perform(
    'Stop services',
    async ({ waits }) => {
      waits('waits for apt');
      return 5;
    },
    (event) => events.push(event),
  );
  expect(result).toBe(5);
  expect(told(events)).toEqual([
    { kind: 'step-started', title: 'Stop services' },
    { kind: 'step-waits', title: 'waits for apt' },
    { kind: 'step-finished', title: 'Stop services' },
  ]);
});

test('what the first step is refused has changed nothing, and what a later one is refused has', async () => {
  await mkdir(join(root, 'files'));
  await writeFile(join(root, 'files/x'), '');
  const refused: Step = { kind: 'target.guard', directory: root, path: 'files', owner: { uid: 0, gid: 0 } };
  const run = (...steps: Step[]) =>
    applySteps(steps, new ScriptedRunner([{ argv: ['systemctl', 'daemon-reload'] }])).catch((error) => error);
  const first = await run(refused);
  expect(first).toMatchObject({ code: 'path-holds-files', exitCode: 3 });
  expect(first.message).toContain('Nothing was changed.');
  const later = await run({ kind: 'systemd.reload' }, refused);
  expect(later).toMatchObject({
    code: first.code,
    exitCode: 1,
    suggestions: first.suggestions,
    cause: first,
  });
  expect(later.message).not.toContain('Nothing was changed');
  expect(later.message).toMatch(/What was done before stays, and the same command goes on from there\.$/);
});

test('who is at work when much is done already is no reason to say that nothing was', async () => {
  const busy = () => Promise.reject(new BusyError('busy', 'x is locked. Nothing was changed.'));
  await expect(halfWay(busy)).rejects.toMatchObject({
    ...{ code: 'busy', exitCode: 1 },
    message: 'x is locked. What was done before stays, and the same command goes on from there.',
  });
  await expect(halfWay(() => Promise.reject(new TypeError('other')))).rejects.toThrow(TypeError);
  expect(await halfWay(async () => 5)).toBe(5);
});
