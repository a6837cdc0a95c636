import { type Offer, placesOf } from '../volume-manager/volume-manager.js';
import { type Answers, prefill, type QuestionId, questionsFor, refusal } from './wizard-questions.js';

/** One key, or one character of what was pasted. */
export type Key = { kind: 'character'; character: string } | { kind: Exclude<KeyKind, 'character'> };
type KeyKind = 'character' | 'enter' | 'erase' | 'clear' | 'up' | 'down' | 'back' | 'interrupt';

export interface WizardState {
  offer: Offer;
  /** What the command line said. */
  wantedName: string;
  /** Of the questions before this one. */
  answers: Answers;
  at: QuestionId;
  /** The answer as far as it is typed; for the place its number. */
  draft: string;
  /** Why the last answer was not taken. */
  problem: string | undefined;
  /** How it ended. */
  outcome: 'confirmed' | 'declined' | 'interrupted' | undefined;
}

export function startWizard(offer: Offer, wantedName: string): WizardState {
  const first: WizardState = {
    offer,
    wantedName,
    answers: {},
    at: 'name',
    draft: '',
    problem: undefined,
    outcome: undefined,
  };
  return { ...first, draft: prefill('name', offer, {}, wantedName) };
}

/** What a key does. Pure; nothing is written anywhere before the last question. */
export function press(state: WizardState, key: Key): WizardState {
  if (state.outcome !== undefined) return state;
  if (key.kind === 'interrupt') return { ...state, outcome: 'interrupted' };
  if (key.kind === 'back') return back(state);
  if (state.at === 'confirm') return confirm(state, key);
  if (state.at === 'place') return choose(state, key);
  switch (key.kind) {
    case 'character':
      return { ...state, draft: state.draft + key.character, problem: undefined };
    case 'erase':
      return { ...state, draft: [...state.draft].slice(0, -1).join(''), problem: undefined };
    case 'clear':
      return { ...state, draft: '', problem: undefined };
    case 'enter':
      return submit(state);
    default:
      return state;
  }
}

function choose(state: WizardState, key: Key): WizardState {
  if (key.kind === 'enter') return submit(state);
  const step = key.kind === 'up' ? -1 : key.kind === 'down' ? 1 : 0;
  const last = placesOf(state.offer).length - 1;
  const index = Math.min(last, Math.max(0, Number(state.draft) + step));
  return { ...state, draft: String(index), problem: step === 0 ? state.problem : undefined };
}

/** As `bench init` asks: only y is yes. */
function confirm(state: WizardState, key: Key): WizardState {
  if (key.kind === 'enter') return { ...state, outcome: 'declined' };
  if (key.kind !== 'character') return state;
  const outcome = /^y$/i.test(key.character) ? 'confirmed' : 'declined';
  return { ...state, draft: key.character, outcome };
}

function submit(state: WizardState): WizardState {
  const { at, offer, answers } = state;
  const draft = state.draft.trim();
  const problem = refusal(at, draft, offer, answers);
  if (problem !== undefined) return { ...state, problem };
  return next({ ...state, answers: { ...answers, [at]: draft } });
}

/** What was answered after it was asked with the old answer in mind. */
function back(state: WizardState): WizardState {
  const questions = questionsFor(state.offer, state.answers);
  const previous = questions[questions.indexOf(state.at) - 1];
  if (previous === undefined) return state;
  const { [previous]: draft = '', ...answers } = state.answers;
  return { ...state, answers, at: previous, draft, problem: undefined };
}

function next(state: WizardState): WizardState {
  const { offer, answers, wantedName } = state;
  const questions = questionsFor(offer, answers);
  const at = questions[questions.indexOf(state.at) + 1] ?? 'confirm';
  return { ...state, at, draft: prefill(at, offer, answers, wantedName), problem: undefined };
}
