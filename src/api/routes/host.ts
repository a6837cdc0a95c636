import { readDisks } from '../../disks/disks.js';
import { readMetrics } from '../../metrics/metrics.js';
import { type App, change, type Deps, printed, read } from '../define.js';
import { benchName, bytes, Offer, port, volumeName } from '../schemas.js';
import { z } from '../web.js';
import { makeFromWish, offerJson } from '../wizard.js';

/** The host itself, and what it has for a new bench. */
export function hostRoutes(app: App, deps: Deps): void {
  const { readings, runner } = deps;
  read(app, {
    path: '/v1/disks',
    summary: 'Every disk, whether a pool could be made on it, and each reason why not',
    scope: 'read',
    answers: printed('volume:discover'),
    look: ({ seen }) => seen.get('disks', () => readDisks(runner)),
  });
  read(app, {
    path: '/v1/figures',
    summary: 'Figures of all benches for Prometheus',
    scope: 'read',
    answers: printed('metrics'),
    look: ({ seen }) => seen.get('figures', () => readMetrics(runner)),
  });
  read(app, {
    path: '/v1/wizard',
    summary: 'What this host has for a new bench, with the sizes that bench init would take',
    scope: 'read',
    answers: Offer,
    look: ({ seen }) => seen.get('offer', () => offerJson(runner)),
  });
  change(app, deps, {
    method: 'post',
    path: '/v1/benches',
    summary:
      'Make a new bench: its bench.toml, and everything that bench init makes; or one of a kept volume',
    scope: 'admin',
    body: z
      .strictObject({
        name: benchName,
        fromVolume: volumeName.optional().meta({
          description:
            'a kept volume, such as a copy that came back: all of it is taken up under the new name',
        }),
        port: port.optional().meta({ description: 'default the first free one' }),
        place: z
          .strictObject({
            kind: z.enum(['pool', 'import', 'device', 'image']),
            path: z
              .string()
              .max(4096)
              .optional()
              .meta({ description: 'one of those that /v1/wizard offers' }),
          })
          .optional()
          .meta({ description: 'default the first that /v1/wizard offers' }),
        imageBytes: bytes.optional(),
        quotaBytes: bytes.optional(),
        reservationBytes: bytes.optional(),
      })
      .refine(
        ({ fromVolume, name: _, ...rest }) => fromVolume === undefined || Object.keys(rest).length === 0,
        'fromVolume goes with a name and nothing else',
      ),
    plan: async ({ body: { fromVolume, ...wish } }) => {
      if (fromVolume !== undefined)
        return {
          title: `Make the bench ${wish.name} of the kept volume ${fromVolume}`,
          command: 'init',
          argv: ['init', '-b', wish.name, '--from-volume', fromVolume, '--yes'],
          bench: wish.name,
        };
      const { name } = await makeFromWish(runner, wish);
      readings.changed();
      return {
        title: `Make the bench ${name}`,
        command: 'init',
        argv: ['init', '-b', name, '--yes'],
        bench: name,
      };
    },
  });
}
