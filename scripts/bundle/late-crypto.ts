import type { Plugin } from 'esbuild';

/** What src/ takes of node:crypto. */
const NAMES = ['createHash', 'randomBytes', 'randomInt', 'timingSafeEqual'];

/**
 * Loads node:crypto when one of its functions is first called, not with the file that imports it: it costs a tenth of
 * what Node itself does, and few commands hash anything.
 */
export const lateCrypto: Plugin = {
  name: 'late-crypto',
  setup(build) {
    build.onResolve({ filter: /^node:crypto$/ }, ({ importer }) =>
      importer.includes('/src/') && !importer.includes('/node_modules/')
        ? { path: 'late-crypto', namespace: 'late-crypto' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'late-crypto' }, () => ({
      contents: NAMES.map(
        (name) => `export const ${name} = (...args) => require('node:crypto').${name}(...args);`,
      ).join('\n'),
    }));
  },
};
