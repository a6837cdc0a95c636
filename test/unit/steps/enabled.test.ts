import { describe, expect, test } from 'vitest';
import { enabledBeforeReload, type Step } from '../../../src/steps/steps.js';

const write: Step = { kind: 'file.write', path: '/etc/x', content: '', purpose: 'a test' };
const reload: Step = { kind: 'systemd.reload' };
const enable = (unit: string): Step => ({ kind: 'unit.enable', unit });
const beside = (unit: string): Step => ({ kind: 'unit.enable', unit, reload: false });
const start: Step = { kind: 'timer.start', unit: 'a.timer' };

describe('systemd reads its files', () => {
  test('once, for what is enabled as well', () => {
    expect(enabledBeforeReload([write, reload, enable('a'), start])).toEqual([
      write,
      beside('a'),
      reload,
      start,
    ]);
    expect(enabledBeforeReload([reload, write, reload, enable('a'), enable('b'), start])).toEqual([
      reload,
      write,
      beside('a'),
      beside('b'),
      reload,
      start,
    ]);
  });

  test('as systemctl has it do, where nothing else needs it', () => {
    expect(enabledBeforeReload([write, enable('a'), start])).toEqual([write, enable('a'), start]);
    expect(enabledBeforeReload([write, start])).toEqual([write, start]);
  });
});
