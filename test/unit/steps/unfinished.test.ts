import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Step } from '../../../src/steps/steps.js';
import type { ScriptedAnswer } from '../support/scripted-runner.js';

const state = { directory: '' };
let steps: typeof import('../../../src/steps/steps.js');
let scripted: typeof import('../support/scripted-runner.js');
beforeAll(async () => {
  state.directory = await mkdtemp(join(tmpdir(), 'bench-unfinished-'));
  vi.resetModules();
  vi.doMock('../../../src/host/paths.js', async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    STATE_DIR: state.directory,
  }));
  steps = await import('../../../src/steps/steps.js');
  scripted = await import('../support/scripted-runner.js');
});
afterAll(async () => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.resetModules();
});
beforeEach(() => rm(state.directory, { recursive: true, force: true }));
afterEach(() => rm(state.directory, { recursive: true, force: true }));

const DATASET = 'tank/_volumes/uploads';
const notes = () => readdir(join(state.directory, '.volumes')).catch(() => []);
const LOOK = ['zfs', 'list', '-H', '-o', 'name', DATASET];
const gone = {
  argv: LOOK,
  exitCode: 1,
  stderr: `cannot open '${DATASET}': dataset does not exist\n`,
};

/** Carries a step out, whose command ends so, and is then asked what is there. */
async function carryOut(step: Step, exitCode: number, look: ScriptedAnswer): Promise<void> {
  const script = steps.commandsFor(step).map(({ argv }) => ({ argv, exitCode }));
  await steps.applySteps([step], new scripted.ScriptedRunner([...script, look]));
}

const made: Step[] = [
  { kind: 'filesystem.create', dataset: DATASET, properties: {} },
  { kind: 'zvol.create', zvol: DATASET, sizeBytes: 16384, reserved: false, properties: {} },
  { kind: 'snapshot.clone', snapshot: 'tank/a@b', dataset: DATASET, properties: {} },
];

test.each(made)('what could not be made by $kind is noted no more', async (step) => {
  await expect(carryOut(step, 1, gone)).rejects.toThrow('exit code 1');
  expect(await notes()).toEqual([]);
});

test.each(made)('what $kind has left, or may have, stays noted until it is destroyed', async (step) => {
  await expect(carryOut(step, 1, { argv: LOOK })).rejects.toThrow('exit code 1');
  expect(await notes()).toHaveLength(1);
  await expect(carryOut(step, 1, { argv: LOOK, exitCode: 1 })).rejects.toThrow('exit code 1');
  expect(await notes()).toHaveLength(1);
  await carryOut({ kind: 'dataset.destroy', dataset: DATASET }, 0, gone);
  expect(await notes()).toEqual([]);
});
