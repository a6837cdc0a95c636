import { onOneLine } from '../printable.js';
import type { Promoted, PromotePreview, Reversed } from '../replicate/replicate.js';
import { ageText } from '../status/status.js';
import { localless } from './columns.js';
import { planJson, planText } from './steps.js';

/** What `bench promote --json` prints. */
export type PromoteJson = ReturnType<typeof planJson> &
  Omit<PromotePreview, 'steps'> & {
    dryRun: boolean;
  };

export function promoteJson(promoted: PromotePreview | Promoted, dryRun: boolean): PromoteJson {
  const { steps, ...rest } = promoted;
  const notes = 'notes' in promoted ? promoted.notes : [];
  return { ...rest, ...planJson({ steps, notes, complete: !dryRun }), dryRun };
}

/** What the fleet says; nothing where there is none. */
function fleetLines({ fleet, bench }: Pick<PromotePreview, 'fleet' | 'bench'>): string[] {
  const { state, owner, epoch, because } = fleet;
  if (state === 'none') return [];
  if (state === 'silent')
    return [
      `etcd DOES NOT ANSWER (${onOneLine(because ?? '')}): nobody can know who has the right to run ${bench}.`,
    ];
  return [
    owner === null
      ? 'The fleet knows of nobody who has the right to run it.'
      : `By the fleet, ${owner} has the right to run it (epoch ${epoch}): it loses that.`,
  ];
}

const SOURCE = {
  live: 'runs it now, and is stopped',
  stopped: 'answers and does not run it: it is told to leave it',
  gone: 'answers, and has no such bench',
  unreachable: 'DOES NOT ANSWER: make sure that it does not run it, or two would',
} as const;

/** How old it is, and what of the host that sent it is known. */
export function previewText(preview: PromotePreview): string {
  const { bench, from, tag, createdAt, ageSeconds, epoch, source } = preview;
  const age = (ageSeconds ?? 0) < 120 ? `${ageSeconds} s` : ageText((ageSeconds ?? 0) / 86_400);
  return [
    tag === null
      ? `The promotion of ${bench} was cut off, and goes on.`
      : `The copy of ${bench} from ${from} is of ${localless(createdAt ?? '')} UTC (${tag}): ${age} old. What was written since is not in it.`,
    `${source.host || 'The host that sent it'} ${SOURCE[source.state]}${source.because === null ? '' : ` (${onOneLine(source.because)})`}.`,
    ...fleetLines(preview),
    `Its epoch here is ${epoch}.`,
    planText({ steps: preview.steps, notes: [], complete: false }),
  ].join('\n');
}

/** The same of what another host has printed. */
export function previewJsonText(preview: PromoteJson): string {
  const { bench, from, tag, createdAt, ageSeconds, epoch, source, fleet, steps } = preview;
  const text = previewText({ bench, from, tag, createdAt, ageSeconds, epoch, source, fleet, steps: [] });
  const lines = text.split('\n').slice(0, -1);
  return [...lines, ...steps.map(({ title }) => `  ${onOneLine(title)}`)].join('\n');
}

export function promotedText({ bench, notes, from }: Promoted): string {
  return [
    `${bench} runs here now. Next: bench volume status -b ${bench}`,
    ...notes.map((note) => `Note: ${onOneLine(note)}`),
    ...(from === ''
      ? []
      : [`When ${from} is back, let it follow, there: bench replicate reverse -b ${bench}`]),
  ].join('\n');
}

/** What `bench replicate reverse --json` prints. */
export type ReverseJson = ReturnType<typeof planJson> & Omit<Reversed, 'steps'> & { dryRun: boolean };

export function reverseJson({ steps, ...rest }: Reversed, dryRun: boolean): ReverseJson {
  return { ...rest, ...planJson({ steps, notes: [], complete: true }), dryRun };
}

export function reversedText({ bench, by, ahead, anew, steps }: Reversed, isPlan: boolean): string {
  const names = (members: readonly string[]) =>
    members.map((member) => (member === '.' ? bench : member)).join(', ');
  const parted = ahead.filter((member) => !anew.includes(member));
  const goes = isPlan ? 'is' : 'was';
  const lines = [
    ...(parted.length === 0
      ? []
      : [`What ${names(parted)} has here and ${by} has not ${goes} set aside below _preserved.`]),
    ...(anew.length === 0
      ? []
      : [
          `${names(anew)} ${goes} set aside below _preserved as a whole: what is encrypted is sent anew by ${by}, and needs its space twice until you delete what was set aside.`,
        ]),
  ];
  if (isPlan) return [...lines, planText({ steps, notes: [], complete: true })].join('\n');
  return [
    `This host has a copy of ${bench} now. Next, on ${by}: bench replicate run -b ${bench}`,
    ...lines,
  ].join('\n');
}
