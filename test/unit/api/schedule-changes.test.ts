import { expect, test } from 'vitest';
import { scheduleChanges } from '../../../src/api/schedule-changes.js';
import { editText } from '../../../src/config/edit.js';
import { checkConfig } from '../../../src/config/load.js';

const BENCH = '[bench]\nname = "shop"\n\n# mine\n[redis]\nport = 1\n';

async function after(text: string, wish: Parameters<typeof scheduleChanges>[1]): Promise<string> {
  const { config } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('the text is no bench.toml');
  const changes = scheduleChanges(config, wish);
  const changed = changes.length === 0 ? text : editText(text, changes);
  const { findings } = await checkConfig(changed, '/srv/benches/shop/bench.toml');
  expect(findings).toEqual([]);
  return changed;
}

test('a schedule comes, changes its kind of rules, and goes; every other byte stays', async () => {
  const rules = await after(BENCH, {
    snapshot: 'hourly',
    keep: { hourly: 24, daily: 7, weekly: 0 },
    prune: true,
  });
  expect((await checkConfig(rules, '/b')).config?.schedule).toMatchObject({
    snapshot: 'hourly',
    policy: { hourly: 24, daily: 7, weekly: 0 },
    prune: true,
  });
  const days = await after(rules, { snapshot: '*-*-* 04:00', keepDays: 7, prune: true });
  expect((await checkConfig(days, '/b')).config?.schedule).toMatchObject({
    snapshot: '*-*-* 04:00',
    policy: { days: 7 },
  });
  const back = await after(days, { snapshot: 'daily', keep: { daily: 3 }, prune: false });
  expect((await checkConfig(back, '/b')).config?.schedule).toMatchObject({
    policy: { daily: 3 },
    prune: false,
  });
  const none = await after(back, { snapshot: null });
  expect((await checkConfig(none, '/b')).config?.schedule).toBeUndefined();
  for (const text of [rules, days, back, none]) expect(text).toContain('# mine\n[redis]\nport = 1\n');
});

test('none where there is none changes nothing', async () => {
  expect(await after(BENCH, { snapshot: null })).toBe(BENCH);
});

test('an inline table of rules is emptied', async () => {
  const text = `${BENCH}\n[schedule]\nsnapshot = "hourly"\nkeep = { hourly = 24, daily = 14 }\nprune = true\n`;
  const changed = await after(text, { snapshot: 'hourly', keepDays: 2, prune: true });
  expect((await checkConfig(changed, '/b')).config?.schedule?.policy).toEqual({ days: 2 });
});
