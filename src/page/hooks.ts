import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, type Problem, problemOf } from './api.js';

/** What is asked for again and again. */
export interface Polled<T> {
  /** As it was seen last, also while the connection is lost. */
  data: T | undefined;
  problem: Problem | undefined;
  reload: () => void;
}

const POLL_MS = 5000;
const listeners = new Set<() => void>();

/** Something has changed: whatever is shown is asked for at once. */
export function refreshAll(): void {
  for (const listener of listeners) listener();
}

/**
 * Asks now, every few seconds, and whenever something has changed; not while nobody looks at the page.
 * @param path undefined: nothing is asked
 */
export function usePolled<T>(path: string | undefined, everyMs = POLL_MS): Polled<T> {
  const [state, setState] = useState<{ path?: string | undefined; data?: T; problem?: Problem }>({});
  const current = useRef(path);
  current.current = path;
  const reload = useCallback(() => {
    if (path === undefined) return;
    get<T>(path)
      .then((data) => ({ path, data }))
      .catch((error) => ({ path, problem: problemOf(error) }))
      .then((next) => {
        if (current.current !== path) return;
        setState((before) => ('problem' in next && before.path === path ? { ...before, ...next } : next));
      });
  }, [path]);
  useEffect(() => {
    reload();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    listeners.add(reload);
    return () => {
      clearInterval(timer);
      listeners.delete(reload);
    };
  }, [reload, everyMs]);
  const isOld = state.path !== path;
  return { data: isOld ? undefined : state.data, problem: isOld ? undefined : state.problem, reload };
}

/** The part of the address behind the `#`, as words. */
export function useRoute(): string[] {
  const [route, setRoute] = useState(routeNow);
  useEffect(() => {
    const onChange = () => setRoute(routeNow());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return route;
}

function routeNow(): string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
}

/** What is typed, when nobody has typed for a moment: each look beyond the host is a command there. */
export function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled;
}

const SETTLE_MS = 500;
