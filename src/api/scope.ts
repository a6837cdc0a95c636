/**
 * What somebody may do: look; also what takes nothing away (snapshots, clones, new volumes); everything.
 */
export const SCOPES = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether somebody with the scope `has` may do what wants `needed`. */
export function allows(has: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(has) >= SCOPES.indexOf(needed);
}

/** Who asks. */
export interface Who {
  /** For the audit: `token backup`, `session of alice`, `the unix socket`. */
  name: string;
  scope: Scope;
  by: 'socket' | 'token' | 'session';
  /** Of what a session sends along with each change; undefined for all others. */
  csrf?: string;
}
