import * as z from 'zod/mini';
import { ageRecipient, credentialsSource, s3Url, storeEndpoint, storeRegion } from '../store-names.js';
import { calendarProblem } from './calendar.js';
import { ageProblem } from './duration.js';
import { count, means, table, text } from './schema-parts.js';

const LONGEST_LOCK_DAYS = 3650;
const LOCK_DAYS = `must be a whole number of days from 1 to ${LONGEST_LOCK_DAYS}`;
const FULL_EVERY = 'must be a number of increments from 1 to 1000, or an age such as "30d"';

/** `[offsite]`: copies in an object store (SPEC-2 section 18). */
export const offsite = z.optional(
  table({
    url: means(
      'bucket and prefix of the copies, `s3://bucket/prefix`: [offsite](offsite.md)',
      z.optional(text(s3Url)),
    ),
    endpoint: means(
      "address of a store that is not Amazon's, such as `https://s3.example.com`",
      z.optional(text(storeEndpoint)),
    ),
    region: means('region of the bucket; default `us-east-1`', z.optional(text(storeRegion))),
    credentials: means(
      "a file of root's, mode 0600, as AWS tools read it; or `credential:NAME`, a credential of systemd",
      z.optional(text(credentialsSource)),
    ),
    recipients: means(
      'public keys of age: whoever has one of the secret keys can read the copies, nobody else',
      z.optional(
        z
          .array(text(ageRecipient), 'must be a list of public keys of age, such as ["age1…"]')
          .check(
            z.minLength(1, 'must name at least one public key of age: copies are never sent unencrypted'),
          ),
      ),
    ),
    schedule: means(
      'when `bench offsite push` runs by itself; unset, never',
      z.optional(text(calendarProblem)),
    ),
    keep: z.optional(
      table({
        last: means('how many of the newest copies to keep', count()),
        hourly: means('how many hours to keep the newest copy of', count()),
        daily: means('how many days to keep the newest copy of', count()),
        weekly: means('how many ISO weeks to keep the newest copy of', count()),
        monthly: means('how many months to keep the newest copy of', count()),
        yearly: means('how many years to keep the newest copy of', count()),
      }),
    ),
    full_every: means(
      'a full copy after so many increments, or when the last one is so old; default 30',
      z.optional(
        z
          .union([z.number(), z.string()], FULL_EVERY)
          .check(z.refine((value) => isFullEvery(value), FULL_EVERY)),
      ),
    ),
    lock_days: means(
      'with a bucket that has Object Lock: for how many days nobody can delete a copy',
      z.optional(
        z
          .number(LOCK_DAYS)
          .check(
            z.refine(
              (value) => Number.isInteger(value) && value >= 1 && value <= LONGEST_LOCK_DAYS,
              LOCK_DAYS,
            ),
          ),
      ),
    ),
  }),
);

function isFullEvery(value: unknown): boolean {
  if (typeof value === 'string') return ageProblem(value) === undefined;
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1000;
}
