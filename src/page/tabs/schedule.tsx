import { useState } from 'preact/hooks';
import type { ScheduleList, ScheduleStatus } from '../../schedule/schedule.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox } from '../widgets/basics.js';
import { Check, TextField, useBegin } from '../widgets/form.js';
import { away, time } from '../words.js';

const RULES = ['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'last'] as const;
type Rule = (typeof RULES)[number];

/** Snapshots that take themselves, and which of them stay. */
export function ScheduleTab({ bench, session }: TabProps) {
  const list = usePolled<ScheduleList>(`/v1/benches/${part(bench)}/schedule`);
  const { start, isBusy, problem } = useBegin();
  return (
    <Loaded of={list}>
      {({ schedules: [schedule] }) => (
        <>
          {schedule === undefined ? (
            <Empty>No snapshots take themselves.</Empty>
          ) : (
            <>
              <LastRun schedule={schedule} />
              {session.scope !== 'read' && (
                <button
                  type="button"
                  disabled={isBusy}
                  onClick={() => start(() => begin('POST', `/v1/benches/${part(bench)}/schedule/run`))}
                >
                  Run it now
                </button>
              )}
            </>
          )}
          {problem !== undefined && <ProblemBox problem={problem} />}
          {session.scope === 'admin' && (
            <ScheduleForm key={JSON.stringify(wishOf(schedule))} bench={bench} schedule={schedule} />
          )}
        </>
      )}
    </Loaded>
  );
}

function wishOf(schedule: ScheduleStatus | undefined) {
  return schedule && [schedule.snapshot, schedule.keep, schedule.prune];
}

function LastRun({ schedule }: { schedule: ScheduleStatus }) {
  const { snapshot, nextAt, last, active } = schedule;
  return (
    <dl class="facts">
      <dt>When</dt>
      <dd>
        {snapshot ?? 'a timer is left'}{' '}
        <Badge kind={active ? 'good' : 'bad'}>{active ? 'timer runs' : 'timer does not run'}</Badge>
      </dd>
      <dt>Next</dt>
      <dd>{nextAt === null ? '–' : `${time(nextAt)}, ${away(nextAt)}`}</dd>
      <dt>Last</dt>
      <dd>
        {last === null ? (
          'never'
        ) : (
          <>
            {time(last.startedAt)}{' '}
            <Badge kind={last.outcome === 'done' ? 'good' : 'bad'}>{last.outcome}</Badge>{' '}
            {last.error?.message ?? last.snapshot}
          </>
        )}
      </dd>
    </dl>
  );
}

function ScheduleForm({ bench, schedule }: { bench: string; schedule: ScheduleStatus | undefined }) {
  const keep = schedule?.keep ?? null;
  const [calendar, setCalendar] = useState(schedule?.snapshot ?? '');
  const [days, setDays] = useState(keep !== null && 'days' in keep ? String(keep.days) : '');
  const [rules, setRules] = useState<Record<Rule, string>>(
    Object.fromEntries(
      RULES.map((rule) => [rule, keep !== null && !('days' in keep) ? String(keep[rule]) : '0']),
    ) as Record<Rule, string>,
  );
  const [prune, setPrune] = useState(schedule?.prune ?? true);
  const { start, isBusy, problem } = useBegin();
  const numbers = Object.fromEntries(Object.entries(rules).map(([rule, text]) => [rule, Number(text || 0)]));
  const hasRules = Object.values(numbers).some((count) => count > 0);
  const save = () =>
    begin('PUT', `/v1/benches/${part(bench)}/schedule`, {
      snapshot: calendar.trim() === '' ? null : calendar.trim(),
      ...(days !== '' ? { keepDays: Number(days) } : hasRules ? { keep: numbers } : {}),
      ...(calendar.trim() === '' ? {} : { prune: prune && (days !== '' || hasRules) }),
    });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void start(save);
      }}
    >
      <h2>Change the schedule</h2>
      <TextField
        label="When"
        value={calendar}
        onChange={setCalendar}
        hint='A calendar of systemd ("hourly", "*-*-* 04:00"), or five cron fields; empty: no schedule'
      />
      <fieldset>
        <legend>Keep the newest of so many</legend>
        <div class="line">
          {RULES.map((rule) => (
            <TextField
              key={rule}
              label={rule}
              value={rules[rule]}
              onChange={(value) => setRules({ ...rules, [rule]: value.replaceAll(/\D/g, '') })}
            />
          ))}
        </div>
      </fieldset>
      <TextField
        label="Or keep all of the last days"
        value={days}
        onChange={(value) => setDays(value.replaceAll(/\D/g, ''))}
        hint="Instead of the numbers above"
      />
      <Check label="Destroy what no rule keeps" checked={prune} onChange={setPrune} />
      {problem !== undefined && <ProblemBox problem={problem} />}
      <button class="main" type="submit" disabled={isBusy}>
        Save
      </button>
    </form>
  );
}
