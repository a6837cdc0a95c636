import { humanSize } from '../config/size.js';
import { onOneLine } from '../printable.js';
import type { CopyResult, CopyStatus, SetupPlan, SetupResult } from '../replicate/replicate.js';
import { ageText } from '../status/status.js';
import { localless } from './columns.js';
import { planJson, planText } from './steps.js';

/** What `bench replicate setup --json` prints. */
export type SetupJson = ReturnType<typeof planJson> & {
  bench: string;
  dryRun: boolean;
  to: string;
  /** How the other host calls this one. */
  as: string;
  target: string;
  /** What is done on the other host, one sentence each. */
  there: string[];
  /** Why the other host cannot ask this one; null where it can, or was not tried. */
  backProblem: string | null;
};

export function setupJson(bench: string, plan: SetupPlan | SetupResult, dryRun: boolean): SetupJson {
  const { to, as, target, here, there } = plan;
  return {
    ...planJson({ steps: here, notes: [], complete: true }),
    bench,
    dryRun,
    to,
    as,
    target,
    there,
    backProblem: 'backProblem' in plan ? plan.backProblem : null,
  };
}

/** What is done on both sides. */
export function setupPlanText({ to, target, here, there }: SetupPlan): string {
  const nothing = '  nothing: it is so already';
  return [
    'Here:',
    here.length === 0 ? nothing : planText({ steps: here, notes: [], complete: true }),
    `On ${to}, where copies lie below ${target}:`,
    ...(there.length === 0 ? [nothing] : there.map((each) => `  ${onOneLine(each)}`)),
  ].join('\n');
}

export function setupText(bench: string, { to, backProblem }: SetupResult): string {
  const lines = [`Copies of ${bench} can go to ${to}. Next: bench replicate run -b ${bench}`];
  if (backProblem !== null)
    lines.push(
      `Note: ${to} cannot ask this host: ${onOneLine(backProblem)}`,
      `Note: so a promotion there cannot see whether this host still runs ${bench}. --as NAME says how it is reached.`,
    );
  return lines.join('\n');
}

export function copyText({ bench, to, tag, sent, left, durationMs }: CopyResult): string {
  const what =
    sent.length === 0
      ? 'nothing was new'
      : sent
          .map(({ member, tag: of, full, resumed }) => {
            const name = member === '.' ? of : `${member}@${of}`;
            return `${name}${full ? ' (all of it)' : ''}${resumed ? ' (the rest of it)' : ''}`;
          })
          .join(', ');
  return [
    `Copy of ${bench} on ${to} is up to ${tag}: ${what}; ${(durationMs / 1000).toFixed(1)} s`,
    ...left.map((name) => `Note: ${name} stays behind: it is a private copy of another volume.`),
  ].join('\n');
}

export function copyStatusText(status: CopyStatus): string {
  const { bench, to, target, schedule, nextAt, last, copied, lagSeconds, lagBytes } = status;
  const line = (label: string, text: string) => `  ${label.padEnd(10)}${text}`;
  const lines = [`${bench}  to ${to}${target === null ? '' : `, below ${target}`}`];
  if (status.supersededBy !== null)
    lines.push(
      line(
        'SUPERSEDED',
        `${status.supersededBy} runs it now: this host does not start it, and sends nothing`,
      ),
      line('mend', `bench replicate reverse -b ${bench}`),
    );
  lines.push(
    line(
      'copy',
      copied === null ? 'none that is whole' : `${copied.tag}, of ${localless(copied.createdAt)} UTC`,
    ),
    line(
      'lag',
      lagSeconds === null
        ? 'everything'
        : `${lagText(lagSeconds)}${lagBytes === null ? '' : `, ${humanSize(lagBytes)} written since`}`,
    ),
    line('last run', lastText(last)),
    line('next', nextAt === null ? (schedule === null ? 'by hand' : '-') : `${localless(nextAt)} UTC`),
  );
  if (status.reachable === false)
    lines.push(line(to, `DOES NOT ANSWER: ${onOneLine(status.unreachableBecause ?? '')}`));
  if (status.incomplete) lines.push(line('there', 'a stream was cut off; the next run goes on from it'));
  return lines.join('\n');
}

/** `40 s`, `12 minutes`, … */
function lagText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : ageText(seconds / 86_400);
}

function lastText(last: CopyStatus['last']): string {
  if (last === null) return 'none yet';
  const at = `${localless(last.startedAt)} UTC`;
  if (last.outcome === 'failed') return `${at}  FAILED: ${onOneLine(last.error?.message ?? '')}`;
  return last.outcome === 'done' ? `${at}  well` : `${at}  under way, or ended in the middle`;
}
