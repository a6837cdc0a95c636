import { useEffect, useState } from 'preact/hooks';
import type { Operation } from '../api/api.js';
import type { StepEvent } from '../steps/steps.js';
import { get } from './api.js';
import { refreshAll } from './hooks.js';
import { type ShownStep, stepsAfter } from './steps-after.js';

export interface Watched {
  operation: Operation;
  steps: ShownStep[];
}

const watched = new Map<string, Watched>();
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

/** Follows an operation to its end; whatever is shown elsewhere is looked at again then. */
export function watch(operation: Operation): void {
  if (watched.has(operation.id)) return;
  watched.set(operation.id, { operation, steps: [] });
  tell();
  // The browser comes back by itself where the connection breaks, and goes on behind the last event that it has.
  const source = new EventSource(`/v1/operations/${operation.id}/events`);
  source.addEventListener('step', (event) => {
    update(operation.id, ({ operation: now, steps }) => ({
      operation: now,
      steps: stepsAfter(steps, JSON.parse((event as MessageEvent<string>).data) as StepEvent),
    }));
  });
  source.addEventListener('end', (event) => {
    source.close();
    const ended = JSON.parse((event as MessageEvent<string>).data) as Operation;
    update(operation.id, ({ steps }) => ({ operation: ended, steps }));
    refreshAll();
  });
}

function update(id: string, change: (now: Watched) => Watched): void {
  const now = watched.get(id);
  if (now === undefined) return;
  watched.set(id, change(now));
  tell();
}

export function dismiss(id: string): void {
  watched.delete(id);
  tell();
}

/** The operations that are followed, the newest first; those that run already when the page is opened, too. */
export function useOperations(): Watched[] {
  const [, setCount] = useState(0);
  useEffect(() => {
    const listener = () => setCount((count) => count + 1);
    listeners.add(listener);
    get<{ operations: Operation[] }>('/v1/operations?state=running')
      .then(({ operations }) => operations.forEach(watch))
      .catch(() => undefined);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return [...watched.values()].reverse();
}
