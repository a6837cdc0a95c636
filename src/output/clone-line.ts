import type { CloneJson } from '../bench/bench.js';

/** In a line of `bench list`. */
export function cloneText(clone: CloneJson): string {
  return [`${clone.source}@${clone.tag}`, ...remarks(clone)].join(', ');
}

/** In `bench volume status`, behind the source's name. */
export function cloneDetails(clone: CloneJson): string {
  return [clone.tag, ...remarks(clone)].join('  ');
}

function remarks({ template, state, independent, expiresAt, protected: isProtected }: CloneJson): string[] {
  return [
    ...(template === null ? [] : [`by template ${template}`]),
    ...(independent ? ['promoted'] : []),
    ...(state === 'held' ? ['events and replicas off'] : state === 'ready' ? [] : ['not prepared']),
    ...(expiresAt === null ? [] : [`ends ${expiresAt.slice(0, 16).replace('T', ' ')}`]),
    ...(isProtected ? ['protected'] : []),
  ];
}
