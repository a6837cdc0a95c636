import { build } from 'esbuild';

/** A program of the project with all that it imports, as one module for the guest's Node. */
export async function bundleForGuest(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // mysql2 is CommonJS and calls require() for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} made no program`);
  return file.contents;
}
