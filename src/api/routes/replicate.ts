import { openBench } from '../../bench/bench.js';
import { copyStatus, requireReplicated } from '../../replicate/replicate.js';
import { type App, change, type Deps, orNull, printed, read } from '../define.js';
import { FAR_FRESH_MS, lookOutside } from '../outside.js';
import { z } from '../web.js';
import { ofBench } from './benches.js';

/** The copy of a bench on another host. */
export function replicateRoutes(app: App, deps: Deps): void {
  const { runner } = deps;
  read(app, {
    path: '/v1/benches/{bench}/replicate',
    summary:
      'How far behind the copy on another host is, as the last run has noted it; null where there is to be none',
    scope: 'read',
    params: ofBench,
    query: z.strictObject({
      ask: z.enum(['true', 'false']).default('false').meta({ description: 'whether that host is asked' }),
    }),
    answers: orNull(printed('replicate:status')),
    look: async ({ params: { bench }, query, seen }) => {
      const config = await openBench({ bench, guess: false, fromRecord: true });
      if (config.replicate === undefined) return null;
      if (query.ask === 'false')
        return seen.get(`replicate ${bench}`, () => copyStatus(config, runner, false));
      return seen.get(
        `replicate ask ${bench}`,
        () => lookOutside(runner, ['replicate', 'status', '-b', bench]),
        { freshMs: FAR_FRESH_MS },
      );
    },
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches/{bench}/replicate/run',
    summary: 'Bring the copy on another host up to now',
    scope: 'operate',
    params: ofBench,
    plan: async ({ params: { bench } }) => {
      const { replicate } = await requireReplicated(await deps.openBench(bench));
      return {
        title: `Send ${bench} to ${replicate.to}`,
        command: 'replicate:run',
        argv: ['replicate', 'run', '-b', bench],
        bench,
      };
    },
  });
}
