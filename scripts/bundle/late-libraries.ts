import type { Plugin } from 'esbuild';

/**
 * Libraries that are large, and for a part of the commands or for a part of what these do: each becomes a script of its
 * own, which bin/run.cjs loads when it is first asked for.
 */
export const LATE_LIBRARIES = [
  '@aws-sdk/client-s3',
  'age-encryption',
  'execa',
  'ink',
  'mysql2',
  'react',
  'react/jsx-runtime',
  'toml-eslint-parser',
] as const;

/** What the server of the API takes of libraries: all of it is one script, which only `bench admin serve` loads. */
export const WEB = { entry: 'src/api/web.ts', script: 'lib/web' } as const;

/** The script of a library, without `.js`, below `dist`. */
export function scriptOf(library: string): string {
  return `lib/${library.replaceAll('/', '-')}`;
}

export const lateLibraries: Plugin = {
  name: 'late-libraries',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${LATE_LIBRARIES.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: scriptOf(path), external: true },
    );
    build.onResolve({ filter: /\/web\.js$/ }, ({ resolveDir }) =>
      /\/src\/api(\/|$)/.test(resolveDir) ? { path: WEB.script, external: true } : undefined,
    );
  },
};
