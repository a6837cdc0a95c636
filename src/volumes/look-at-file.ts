import { resolve } from 'node:path';
import { escapeText } from '../config/findings.js';
import { RefusedError, UsageError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import {
  type ArchiveContent,
  archiveReader,
  type Compression,
  type Identified,
  type ImageFormat,
  identify,
  listArchive,
  openSource,
  readHead,
  type Source,
  stampOf,
} from '../images/images.js';
import { absolutePath } from '../names.js';
import type { VolumeKind } from '../registry/registry.js';

/** A file that is to become a volume. */
export type Found = { source: Source } & (
  | { kind: 'block'; format: ImageFormat; virtualBytes: number }
  | { kind: 'filesystem'; compression: Compression }
);

/**
 * A path as somebody has typed it, from the directory that they are in.
 * @throws UsageError `path-invalid`
 */
export function requireFile(file: string): string {
  const path = file === '' ? '' : resolve(file);
  const wrong = absolutePath(path);
  if (wrong === undefined) return path;
  throw new UsageError('path-invalid', `The file ${escapeText(file)} ${wrong}. Nothing was changed.`);
}

/**
 * What a file is, by its content; nothing is made, and no program has seen it yet.
 * @param kind what it is said to be; else that follows from what it is
 * @throws UsageError `file-missing`, `type-unknown`; RefusedError `image-refused`, `image-unknown`, `not-a-file`
 */
export async function lookAtFile(file: string, kind: VolumeKind | undefined): Promise<Found> {
  const handle = await openSource(file);
  try {
    const stamp = await stampOf(handle);
    const found = identify(await readHead(handle), stamp.sizeBytes);
    return { source: { file, stamp }, ...judge(found, file, kind) };
  } finally {
    await handle.close();
  }
}

type Judged = Found extends infer F ? (F extends unknown ? Omit<F, 'source'> : never) : never;

/** Pure. */
function judge(found: Identified, file: string, kind: VolumeKind | undefined): Judged {
  switch (found.is) {
    case 'foreign':
      throw new RefusedError(
        'image-unknown',
        `${file} is ${found.what}; images are taken in raw and qcow2, archives as tar, plain or by gzip or zstd. Nothing was changed.`,
        {
          suggestions: [
            `An image: qemu-img convert -O qcow2 ${file} NEW.qcow2`,
            'An archive: unpack it, and pack it again with tar.',
          ],
        },
      );
    case 'archive':
      if (kind !== 'block') return { kind: 'filesystem', compression: found.compression };
      throw wrongType(
        file,
        'an archive or a file that is compressed',
        'Decompress an image first: gzip -d or zstd -d.',
      );
    case 'image':
      if (kind === 'filesystem')
        throw wrongType(file, 'a disk image, which becomes a block volume', 'Leave --type out.');
      refuseImage(found.refused, file);
      return { kind: 'block', format: found.format, virtualBytes: found.virtualBytes };
    case 'bytes':
      if (kind === 'block' && found.virtualBytes > 0)
        return { kind: 'block', format: 'raw', virtualBytes: found.virtualBytes };
      throw new UsageError(
        'type-unknown',
        found.virtualBytes === 0
          ? `${file} is empty. Nothing was changed.`
          : `What is in ${file} is no archive, and nothing by which a disk image is known. Nothing was changed.`,
        {
          suggestions:
            found.virtualBytes === 0 ? [] : ['Where it is a raw disk image all the same: --type block'],
        },
      );
  }
}

function wrongType(file: string, what: string, next: string): UsageError {
  return new UsageError('wrong-usage', `${file} is ${what}. Nothing was changed.`, { suggestions: [next] });
}

function refuseImage(why: string | undefined, file: string): void {
  if (why === undefined) return;
  throw new RefusedError('image-refused', `The qcow2 image ${file} ${why}. Nothing was changed.`, {
    suggestions: [
      'Make one that stands by itself, on the host that it comes from:',
      `qemu-img convert -O qcow2 ${file} NEW.qcow2`,
    ],
  });
}

/**
 * What an archive holds, by the listing of the program that unpacks it.
 * @throws RefusedError `archive-refused`, `archive-unreadable`
 */
export async function lookIntoArchive(
  runner: Runner,
  { source, compression }: Extract<Found, { kind: 'filesystem' }>,
): Promise<ArchiveContent> {
  const reader = archiveReader();
  const handle = await openSource(source.file);
  try {
    await runner.run({ ...listArchive(compression), inheritFds: [handle.fd], onLine: reader.line });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new RefusedError(
      'archive-unreadable',
      `${source.file} is no whole archive of files that tar can read. Nothing was changed.`,
      { command: error.result.argv, stderr: error.result.stderr, suggestions: ['Copy it here anew.'] },
    );
  } finally {
    await handle.close();
  }
  const content = reader.content();
  refuseMembers(source.file, content);
  return content;
}

function refuseMembers(file: string, { refused, refusedCount }: ArchiveContent): void {
  if (refusedCount === 0) return;
  const more = refusedCount > refused.length ? `; and ${refusedCount - refused.length} more` : '';
  throw new RefusedError(
    'archive-refused',
    `${file} has members that are not taken in: ${refused.join('; ')}${more}. Nothing was changed.`,
    {
      suggestions: [
        'Pack it again without them: tar --exclude; links as relative ones that stay in what is packed.',
      ],
    },
  );
}

/** For the operator. */
export function describeFound(found: Found): string {
  return found.kind === 'block'
    ? `a ${found.format} image`
    : `an archive${found.compression === 'none' ? '' : ` by ${found.compression}`}`;
}
