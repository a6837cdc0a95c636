/** The part of the contract that is about figures and checks. */
import * as z from 'zod';
import type Check from '../../src/commands/check.js';
import type Metrics from '../../src/commands/metrics.js';
import { milliseconds, object, path, printedBy, text } from './parts.js';

const count = z.int().nonnegative();
const level = z.enum(['OK', 'WARNING', 'CRITICAL', 'UNKNOWN']);

/** By the command's id. */
export const figures = {
  check: printedBy<typeof Check>()(
    object({
      level,
      exit: z.int().min(0).max(3),
      line: text.meta({ description: 'as a monitoring system reads it' }),
      findings: z.array(
        object({
          bench: text,
          probe: z.enum([
            ...['pool', 'space', 'snapshots', 'verify', 'offsite', 'key', 'replication'],
            ...['drift', 'clones'],
          ] as const),
          level,
          message: text,
          perf: z.array(
            object({
              label: text,
              value: z.number(),
              unit: z.enum(['B', 's', '']),
              warning: z.number().nullable(),
              critical: z.number().nullable(),
              min: z.number().nullable(),
              max: z.number().nullable(),
            }),
          ),
        }),
      ),
    }),
  ),
  metrics: printedBy<typeof Metrics>()(
    object({
      file: path.nullable(),
      benches: count,
      series: count,
      durationMs: milliseconds,
      text: text.meta({ description: "Prometheus' text format; empty where it was written to a file" }),
    }),
  ),
};
