import { UNIT_DIRECTORY } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readFiles } from '../host/files.js';
import { unitStates } from '../host/systemd.js';
import {
  type EscrowWish,
  hasKeyDirectory,
  loadedKeyFile,
  refuseExportPath,
  requireRecipients,
  VOLUME_KEYS_UNIT,
  volumeKey,
  volumeKeyFiles,
} from '../keys/keys.js';
import type { Registry, Volume } from '../registry/registry.js';
import { enabledBeforeReload, type Step } from '../steps/steps.js';
import { encryptionProperties } from '../zfs/zfs.js';

/** What notes of exports are kept under, while one is made: no bench is called so. */
const NOTES = '.volumes';

/** What makes a new volume its own encryption root. */
export interface NewKey {
  /** It lies where it belongs for good, and boots load it from there, before anything is encrypted with it. */
  before: Step[];
  properties: Readonly<Record<string, string>>;
  /** A copy of it is put away before the volume counts as whole. Of a dataset that is there. */
  escrow: (dataset: string) => Step;
}

/**
 * The key of a volume that is to be made.
 * @param wish what is to become of a copy of it; undefined where nothing was said, which is refused
 * @throws RefusedError `escrow-needed`, `file-exists`, `key-in-pool`; UsageError `recipient-invalid`, `export-path-invalid`
 */
export async function newKeyFor(
  name: string,
  id: string,
  wish: EscrowWish | undefined,
  runner: Runner,
): Promise<NewKey> {
  if (wish === undefined) throw escrowNeeded(name);
  if (wish.kind === 'file') {
    await refuseExportPath(NOTES, wish.path);
    if (wish.readers.kind === 'recipients') await requireRecipients(wish.readers.recipients);
  }
  const source = volumeKey(id);
  return {
    before: [...(await hostSteps(runner)), { kind: 'key.make', source, passphrase: undefined }],
    properties: encryptionProperties(loadedKeyFile(source)),
    escrow: (dataset) => ({ kind: 'key.escrow', bench: NOTES, datasets: [dataset], source, wish }),
  };
}

/** Memory for keys, and what loads them at boot: once for all volumes of the host. */
async function hostSteps(runner: Runner): Promise<Step[]> {
  const files = volumeKeyFiles();
  const present = await readFiles(files.map(({ path }) => path));
  const differing = files.filter(({ path, content }) => present.get(path) !== content);
  const [state] = await unitStates(runner, [VOLUME_KEYS_UNIT]);
  return enabledBeforeReload([
    ...differing.map((file): Step => ({ kind: 'file.write', ...file })),
    ...(differing.some(({ path }) => path.startsWith(UNIT_DIRECTORY))
      ? [{ kind: 'systemd.reload' } as const]
      : []),
    ...(state?.enabled === 'enabled' ? [] : [{ kind: 'unit.enable', unit: VOLUME_KEYS_UNIT } as const]),
    ...((await hasKeyDirectory()) ? [] : [{ kind: 'keys.mount' } as const]),
  ]);
}

/**
 * What makes an encrypted volume readable, where its key is not loaded; nothing for any other. Pure.
 * @throws RefusedError `key-not-loaded` where bench does not keep the key of what encrypts it
 */
export function unlockSteps({ volumes }: Pick<Registry, 'volumes'>, { dataset, lockedBy }: Volume): Step[] {
  if (lockedBy === undefined) return [];
  const root = volumes.find((each) => each.role === 'data' && each.dataset === lockedBy);
  if (root === undefined) {
    throw new RefusedError(
      'key-not-loaded',
      `${dataset} is encrypted, and the key of ${lockedBy} is not loaded. Nothing was changed.`,
      { suggestions: [`zfs load-key ${lockedBy}`] },
    );
  }
  const source = volumeKey(root.id);
  return [
    { kind: 'keys.mount' },
    { kind: 'key.fetch', source, root: lockedBy, passphrase: undefined },
    { kind: 'key.load', root: lockedBy, file: loadedKeyFile(source) },
  ];
}

function escrowNeeded(name: string): RefusedError {
  return new RefusedError(
    'escrow-needed',
    `There would be no copy of the key of ${name} outside of this host: without its key everything in it is lost. Nothing was changed.`,
    {
      suggestions: [
        '--escrow FILE --recipient age1…, for somebody’s public key of age',
        '--escrow FILE, which asks for a passphrase (or --passphrase-file FILE)',
        '--no-escrow, where you keep a copy yourself',
      ],
    },
  );
}
