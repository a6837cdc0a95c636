import { SIZE_RULE } from '../config/size.js';
import { type Disk, formatBytes } from '../disks/disks.js';
import { placesOf } from '../volume-manager/volume-manager.js';
import { BLANK, cut, type Row, row, type Size, wrap } from './rows.js';
import { LABELS, notesOf, placeText, type QuestionId, questionsFor } from './wizard-questions.js';
import type { WizardState } from './wizard-state.js';

const LABEL = 13;

/** The screen of the wizard: what was answered, the question, and what there is to know about it. Pure. */
export function wizardRows(
  state: WizardState,
  file: (name: string) => string,
  { columns, rows }: Size,
): Row[] {
  const { offer, answers, at, draft, problem, outcome } = state;
  const answered = questionsFor(offer, answers)
    .slice(0, questionsFor(offer, answers).indexOf(at))
    .map((id) => answerRow(id, state, answers[id] ?? ''));
  const head: Row[] = [
    row('A new bench. Enter takes what is there, Shift-Tab goes back, Esc stops.', { dim: true }),
    row('Nothing is written before the last question.', { dim: true }),
    ...answered,
  ];
  if (outcome !== undefined) return [...head, row(`${LABELS[at].padEnd(LABEL)}${draft}`)];
  const trouble = problem === undefined ? [] : wrap(problem, columns, '  ');
  const below = [...trouble.map((line) => row(line, { color: 'red' })), ...hintRows(at, columns)];
  if (at === 'place') {
    const list = placeRows(state);
    const room = rows - 1 - head.length - list.length - below.length;
    return [...head, ...list, ...below, ...refusedRows(offer.facts.disks, columns, room)];
  }
  if (at === 'confirm') {
    const notes = notesOf(offer, answers).flatMap((note) => wrap(`Note: ${note}`, columns, '  '));
    const question = row(`Write ${file(answers.name ?? '')}? [y/N] _`, { bold: true });
    return [...head, ...notes.map((line) => row(line)), question];
  }
  return [...head, [{ text: LABELS[at].padEnd(LABEL) }, { text: `${draft}_`, bold: true }], ...below];
}

function answerRow(id: QuestionId, { offer }: WizardState, value: string): Row {
  const place = id === 'place' ? placesOf(offer)[Number(value)] : undefined;
  return [{ text: LABELS[id].padEnd(LABEL) }, ...row(place === undefined ? value : placeText(place))];
}

function placeRows({ offer, draft }: WizardState): Row[] {
  return placesOf(offer).map((place, index) => {
    const isChosen = index === Number(draft);
    const label = index === 0 ? LABELS.place : '';
    return [
      { text: label.padEnd(LABEL) },
      ...row(`${isChosen ? '>' : ' '} ${placeText(place)}`, isChosen ? { bold: true } : {}),
    ];
  });
}

const HINTS: Partial<Record<QuestionId, string>> = {
  name: 'Of its directory, its dataset and its MariaDB instance.',
  port: 'Of its MariaDB instance, which listens on 127.0.0.1.',
  place: 'What the pool lies on, which all benches share. Up and Down choose.',
  imageSize: `Preallocated, so it has to be free: ${SIZE_RULE}.`,
  quota: 'The most that files and database can take together, all snapshots included.',
  reservation: 'What is guaranteed to this bench, whatever other benches take.',
};

function hintRows(id: QuestionId, columns: number): Row[] {
  return wrap(HINTS[id] ?? '', columns, '  ').map((line) => row(line, { dim: true }));
}

/** Why the others are not offered; what is no disk of the machine at all (loop, zram) is left out. */
function refusedRows(disks: readonly Disk[], columns: number, room: number): Row[] {
  const refused = disks.filter(
    ({ qualifies, reasons }) =>
      !qualifies && !reasons.some(({ code }) => code === 'not-a-disk' || code === 'unknown-kind'),
  );
  if (refused.length === 0) return [];
  const blocks = refused.map(({ path, sizeBytes, reasons }) => {
    const why = reasons.map(({ message }) => message).join('; ');
    return wrap(`${path} (${formatBytes(sizeBytes)}): ${why}`, columns, '    ').map((line) => row(line));
  });
  const more = (left: number) => `    … and ${left} more: bench volume discover`;
  return [BLANK, row('  Not offered:'), ...cut(blocks, room - 2, more)];
}
