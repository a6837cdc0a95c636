import * as z from 'zod/mini';
import type { Timing } from '../config/config.js';

/** When something runs by itself, as a record outside of the dataset has it. */
export const RecordedTiming = z.object({
  text: z.string(),
  calendars: z.array(z.string()),
}) satisfies z.ZodMiniType<Timing>;
