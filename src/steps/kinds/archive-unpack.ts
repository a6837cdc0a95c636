import { syncFilesystem } from '../../host/copy.js';
import type { Owner } from '../../host/users.js';
import { type Compression, type Source, unpackArchive } from '../../images/images.js';
import { LONG_MS } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';
import { withSource } from '../source.js';

/** Unpacks an archive that was judged before into an empty directory. */
export interface ArchiveUnpack {
  kind: 'archive.unpack';
  source: Source;
  compression: Compression;
  directory: string;
  /** Whom everything then belongs to. */
  owner: Owner;
}

export const archiveUnpack: Kind<ArchiveUnpack> = {
  describe: ({ source, directory, owner }) =>
    `Unpack ${source.file} into ${directory}${owner.uid === 0 ? '' : ` for the user ${owner.uid}`}`,
  commands: ({ compression, directory, owner: { uid, gid } }) => [
    unpackArchive(compression, directory),
    ...(uid === 0
      ? []
      : [
          {
            argv: ['chown', '--recursive', '--no-dereference', '-P', `${uid}:${gid}`, directory],
            privileged: true,
            timeoutMs: LONG_MS,
          } as const,
        ]),
    syncFilesystem(directory),
  ],
  apply: ({ source }, context) => withSource(source, context),
};
