import { describe, expect, it, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import { UNKNOWN_UNIT, type UnitState } from '../../../src/host/systemd.js';
import { batches } from '../../../src/schedule/prune.js';
import { snapshotJob } from '../../../src/schedule/schedule.js';
import { parseElapses, requireCalendar } from '../../../src/timers/calendar.js';
import { delayOf, programOf, serviceText, timerText, type WantedJob } from '../../../src/timers/job.js';
import { delayFor, planTimer, reloadedOnce, type TimerFacts } from '../../../src/timers/plan.js';
import { verifyJob } from '../../../src/verify/verify.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

async function load(schedule: string): Promise<BenchConfig> {
  const { config } = await checkConfig(`[bench]\nname = "my-shop"\n[schedule]\n${schedule}\n`, '/bench.toml');
  if (config === undefined) throw new Error('not valid');
  return config;
}

async function scheduled(snapshot = 'hourly'): Promise<WantedJob> {
  const job = snapshotJob(await load(`snapshot = "${snapshot}"`));
  if (job.when === undefined) throw new Error('not scheduled');
  return { ...job, when: job.when };
}

/** One that bench.toml may want or not. */
const JOB = verifyJob(await load('snapshot = "hourly"'));

const PROGRAM = { program: '/usr/lib/bench/bin/run.js', benchesRoot: '/srv/benches' };

describe('the units', () => {
  it('have a line for each calendar, and a delay that can be read again', async () => {
    const timer = timerText(await scheduled('30 4 1 * 5'), 42);
    expect(timer).toContain('OnCalendar=*-*-01 04:30:00\nOnCalendar=Fri *-*-* 04:30:00\n');
    expect(timer).toContain('Persistent=true\n');
    expect(delayOf(timer)).toBe(42);
    expect(delayOf('[Timer]\nOnCalendar=daily\n')).toBeUndefined();
    expect(delayOf(undefined)).toBeUndefined();
  });

  it.each(['/usr/lib/bench/bin/run.js', '/opt/100% "mine"/x\\y'])('name the program %s', async (program) => {
    const service = serviceText(await scheduled(), { ...PROGRAM, program });
    expect(programOf(service)).toBe(program);
    expect(service).toContain(' schedule run -b my-shop\n');
    expect(programOf('[Service]\nExecStart=/bin/true\n')).toBeUndefined();
  });
});

test.each([
  [60, 6],
  [900, 90],
  [3600, 300],
  [86_400, 300],
])('with %s s between two runs the delay is at most %s s', (gap, delay) => {
  expect(delayFor(gap)).toBe(delay);
});

describe('a proof by itself', () => {
  const verify = async (text: string) => {
    const { config } = await checkConfig(`[bench]\nname = "shop"\n[verify]\n${text}\n`, '/bench.toml');
    if (config === undefined) throw new Error('not valid');
    return verifyJob(config);
  };

  it('has its own units, and cron for a calendar', async () => {
    const { when, ...job } = await verify('schedule = "0 5 * * *"');
    if (when === undefined) throw new Error('not scheduled');
    expect(timerText({ ...job, when }, 7)).toContain('OnCalendar=*-*-* 05:00:00\n');
    expect(serviceText(job as WantedJob, PROGRAM)).toContain(
      'ExecStart="/usr/lib/bench/bin/run.js" volume verify --newest -b shop\n',
    );
    expect(when.text).toBe('0 5 * * *');
  });

  it('is none where bench.toml has none', async () => {
    expect((await verify('max_age = "2d"')).when).toBeUndefined();
  });

  it('sees what systemd mounts and starts: nothing gives it a mount namespace of its own', async () => {
    const service = serviceText(await verify('schedule = "daily"'), PROGRAM);
    // systemd.exec(5): each of these implies one.
    expect(service).not.toMatch(
      /^(Protect(System|Home|Kernel|ControlGroups|Proc)|Private(Tmp|Devices|Mounts|IPC)|ReadWritePaths|BindPaths|MountFlags)/m,
    );
  });
});

describe('the plan', () => {
  const fine: UnitState = { ...UNKNOWN_UNIT, load: 'loaded', active: 'active', enabled: 'enabled' };
  const same: TimerFacts = {
    wanted: { timer: 't', service: 's' },
    timer: 't',
    service: 's',
    state: fine,
  };
  const kinds = (facts: Partial<TimerFacts>) => planTimer(JOB, { ...same, ...facts }).map(({ kind }) => kind);

  it.each<[string, Partial<TimerFacts>, string[]]>([
    ['nothing, where all is as it should be', {}, []],
    [
      'nothing, where there is none and none is wanted',
      { wanted: undefined, timer: undefined, service: undefined },
      [],
    ],
    [
      'all of it, where there is nothing',
      { timer: undefined, service: undefined, state: UNKNOWN_UNIT },
      ['file.write', 'file.write', 'unit.enable', 'systemd.reload', 'timer.start'],
    ],
    ['what has changed', { timer: 'old' }, ['file.write', 'systemd.reload']],
    ['what a kill has kept systemd from reading', { state: { ...fine, stale: true } }, ['systemd.reload']],
    ['what somebody has stopped', { state: { ...fine, active: 'inactive' } }, ['timer.start']],
    [
      'to take it away',
      { wanted: undefined },
      ['unit.stop', 'unit.disable', 'file.remove', 'file.remove', 'systemd.reload'],
    ],
    [
      'to take away what a kill has left',
      { wanted: undefined, timer: undefined, state: UNKNOWN_UNIT },
      ['file.remove', 'file.remove', 'systemd.reload'],
    ],
  ])('is %s', (_, facts, steps) => {
    expect(kinds(facts)).toEqual(steps);
  });
});

test('of several timers systemd reads the files once, before it is asked for any of them', () => {
  const facts = { timer: undefined, service: undefined, state: UNKNOWN_UNIT };
  const made = planTimer(JOB, { ...facts, wanted: { timer: 'a', service: 'b' } });
  const gone = planTimer(JOB, {
    wanted: undefined,
    timer: 'a',
    service: 'b',
    state: { ...UNKNOWN_UNIT, active: 'active', enabled: 'enabled' },
  });
  expect(reloadedOnce([...made, ...gone, ...made]).map(({ kind }) => kind)).toEqual([
    ...['file.write', 'file.write', 'unit.enable'],
    ...['unit.stop', 'unit.disable', 'file.remove', 'file.remove'],
    ...['file.write', 'file.write', 'unit.enable', 'systemd.reload', 'timer.start', 'timer.start'],
  ]);
  expect(reloadedOnce([])).toEqual([]);
});

describe("systemd's word on a calendar", () => {
  // systemd-analyze calendar --base-time=@1795313397 --iterations=2 -- hourly '*:0/7', systemd 257 in Europe/Berlin.
  const BERLIN = `  Original form: hourly
Normalized form: *-*-* *:00:00
    Next elapse: Sun 2026-11-22 04:00:00 CET
       (in UTC): Sun 2026-11-22 03:00:00 UTC
       From now: 2 days ago
   Iteration #2: Sun 2026-11-22 05:00:00 CET
       (in UTC): Sun 2026-11-22 04:00:00 UTC
       From now: 2 days ago

  Original form: *:0/7
Normalized form: *-*-* *:00/7:00
    Next elapse: Sun 2026-11-22 03:14:00 CET
       (in UTC): Sun 2026-11-22 02:14:00 UTC
       From now: 2 days ago
`;
  // The same of '*-*-* 04:00', in UTC, by systemd 252.
  const UTC = `  Original form: *-*-* 04:00
Normalized form: *-*-* 04:00:00
    Next elapse: Wed 2026-11-25 04:00:00 UTC
       From now: 12h left
       Iter. #2: Thu 2026-11-26 04:00:00 UTC
       From now: 1 day 12h left
`;
  const NEVER = `  Original form: *-02-31
Normalized form: *-02-31 00:00:00
    Next elapse: never
`;

  it('is read in UTC, in order', () => {
    expect(parseElapses(BERLIN).map((time) => time.toISOString())).toEqual([
      '2026-11-22T02:14:00.000Z',
      '2026-11-22T03:00:00.000Z',
      '2026-11-22T04:00:00.000Z',
    ]);
    expect(parseElapses(UTC)).toHaveLength(2);
    expect(parseElapses(NEVER)).toEqual([]);
  });

  const ask = async (answer: { stdout?: string; stderr?: string; exitCode?: number }) => {
    const config = await scheduled('*-*-* 04:00');
    const runner = {
      run: (command: Parameters<ScriptedRunner['run']>[0]) =>
        new ScriptedRunner([{ argv: command.argv, ...answer }]).run(command),
    };
    return requireCalendar(config, runner);
  };

  it('tells how far apart runs are', async () => {
    expect(await ask({ stdout: UTC })).toBe(86_400);
  });

  it.each([
    ['never', { stdout: NEVER }, 'never again'],
    ['no calendar', { stderr: 'Failed to parse calendar specification\n', exitCode: 1 }, 'Failed to parse'],
  ])('refuses what is %s, with both forms', async (_, answer, message) => {
    await expect(ask(answer)).rejects.toMatchObject({
      code: 'schedule-invalid',
      message: expect.stringContaining(message),
      suggestions: [expect.stringMatching(/hourly.*0 4 \* \* \*/), expect.any(String)],
    });
  });
});

test('names of snapshots go in as few lists as fit into an argument', () => {
  const tags = Array.from({ length: 20_000 }, (_, index) => `20260101-${String(index).padStart(6, '0')}`);
  const lists = batches('bench-pool/shop', tags);
  expect(lists.flat()).toEqual(tags);
  // execve(2): an argument has less than 128 KiB.
  for (const list of lists) expect(`bench-pool/shop@${list.join(',')}`.length).toBeLessThan(128 * 1024);
  expect(batches('bench-pool/shop', tags.slice(0, 5000))).toHaveLength(1);
  expect(batches('bench-pool/shop', [])).toEqual([]);
});
