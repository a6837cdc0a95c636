import type { Plugin } from 'esbuild';

/**
 * What is bundled in the place of the places where AWS' client would look for keys by itself: environment, files, the
 * address of a cloud's metadata, programs. bench gives it the key that bench.toml names, and must have no other; a fifth
 * of the client's code goes with them.
 */
export const awsStubs: Plugin = {
  name: 'aws-stubs',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: 'aws-stub',
    }));
    build.onLoad({ filter: /.*/, namespace: 'aws-stub' }, () => ({
      contents: 'export const defaultProvider = () => async () => { throw new Error("no key was given"); };',
    }));
  },
};
