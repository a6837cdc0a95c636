import type { StepEvent } from '../steps/steps.js';

/** One step of an operation as it is shown. */
export interface ShownStep {
  title: string;
  durationMs: number;
  isDone: boolean;
  detail: string;
}

/** Pure. */
export function stepsAfter(steps: readonly ShownStep[], event: StepEvent): ShownStep[] {
  const { title, durationMs } = event;
  const before = steps.filter((step) => step.isDone);
  const running = steps.find((step) => !step.isDone);
  switch (event.kind) {
    case 'step-started':
      return [...before, { title, durationMs, isDone: false, detail: '' }];
    case 'step-finished':
      return [...before, { title, durationMs, isDone: true, detail: '' }];
    case 'step-progress': {
      const percent = event.percent === undefined ? '' : `${event.percent} % `;
      return [...before, { title, durationMs, isDone: false, detail: `${percent}${event.detail}` }];
    }
    default:
      return [...before, { title: running?.title ?? title, durationMs, isDone: false, detail: title }];
  }
}
