import path from 'node:path';

/**
 * A program of the tools directory, run through that directory's own loader and libraries: so a program of
 * Debian 13 runs on an older host without a chroot and its mounts.
 */
export function toolCommand(tools: string, program: string): { argv: string[]; env: NodeJS.ProcessEnv } {
  const libraries = path.join(tools, 'usr/lib/x86_64-linux-gnu');
  const loader = path.join(tools, 'usr/lib64/ld-linux-x86-64.so.2');
  return {
    argv: [loader, '--library-path', libraries, path.join(tools, 'usr/bin', program)],
    env: { ...process.env, QEMU_MODULE_DIR: path.join(libraries, 'qemu') },
  };
}
