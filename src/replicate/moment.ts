import { RefusedError } from '../errors.js';
import type { CopyMember } from './answers.js';
import type { Copy } from './copies.js';
import { ROOT } from './names.js';

/** What a copy is taken up as. */
export interface Moment {
  tag: string;
  createdAt: Date;
  /** The members that were there then, the root volume first. */
  members: CopyMember[];
}

/**
 * The newest moment of a copy that is whole: a root volume comes after the volumes of its moment, so it has all that came
 * with it; and those that belonged to the last moment that was told to be whole must be there still. Pure.
 * @throws RefusedError `copy-incomplete`
 */
export function newestMoment({ bench, members }: Copy, known: readonly string[]): Moment {
  const root = members.find(({ member }) => member === ROOT);
  const has = (member: CopyMember | undefined, tag: string) =>
    member?.snapshots.some((each) => each.tag === tag) === true;
  for (const { tag, createdAt } of root?.snapshots ?? []) {
    const isWhole = known.every((name) =>
      has(
        members.find(({ member }) => member === name),
        tag,
      ),
    );
    if (!isWhole) continue;
    const those = members.filter((member) => has(member, tag));
    return {
      tag,
      createdAt: new Date(createdAt * 1000),
      members: those.sort((a, b) => Number(b.member === ROOT) - Number(a.member === ROOT)),
    };
  }
  throw new RefusedError(
    'copy-incomplete',
    `The copy of ${bench} has no moment that is whole: ${known.join(', ') || 'its root volume'} did not come with it. Nothing was changed.`,
    {
      suggestions: [
        'zfs list -r -t filesystem,snapshot -o name,creation,receive_resume_token',
        'Older snapshots of it can be cloned by hand.',
      ],
    },
  );
}
