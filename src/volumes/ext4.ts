import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';

/** The size of an ext4 file system by its superblock, in bytes. */
export async function ext4Bytes(runner: Runner, device: string): Promise<number> {
  const { stdout } = await runner.run({ argv: ['dumpe2fs', '-h', device], privileged: true });
  return parseExt4Bytes(stdout);
}

/** What `dumpe2fs -h` prints. */
export function parseExt4Bytes(stdout: string): number {
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(stdout)?.[1] ?? Number.NaN);
  const bytes = field('Block count') * field('Block size');
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new BenchError('unexpected-output', 'dumpe2fs told no size of the file system.');
}
