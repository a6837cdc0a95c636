import { useState } from 'preact/hooks';
import type { CopyLevel, CopyPruneResult, ListedCopy } from '../../offsite/offsite.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import { Loaded } from '../widgets/basics.js';
import { Choice, Dialog, Field, TextField } from '../widgets/form.js';
import { size, time } from '../words.js';

/** A preview is looked at once. */
const ONCE_MS = 3_600_000;

const LEVELS: Readonly<Record<CopyLevel, string>> = {
  head: 'head: every part is there, as large as it should be',
  hash: 'hash: all of it is read and compared',
  stream: 'stream: it is decrypted, and compared with what was sent',
  boot: 'boot: it is received out of sight, and MariaDB starts on it',
};

export function VerifyCopyDialog({
  bench,
  copy,
  onClose,
}: {
  bench: string;
  copy: ListedCopy;
  onClose: () => void;
}) {
  const [level, setLevel] = useState<CopyLevel>('hash');
  const [identity, setIdentity] = useState('');
  const wantsKey = level === 'stream' || level === 'boot';
  return (
    <Dialog
      title={`Verify the copy ${copy.tag}`}
      action="Verify"
      isReady={!wantsKey || isIdentity(identity)}
      onClose={onClose}
      onAgree={() =>
        begin('POST', `/v1/benches/${part(bench)}/copies/${part(copy.id)}/verify`, {
          level,
          ...(wantsKey ? { identity: identityText(identity) } : {}),
        })
      }
    >
      <p>The copy, and all that it builds on.</p>
      <Choice label="How close to look" value={level} options={LEVELS} onChange={setLevel} />
      {wantsKey && <IdentityField value={identity} onChange={setIdentity} />}
    </Dialog>
  );
}

export function RestoreCopyDialog({
  bench,
  copy,
  onClose,
}: {
  bench: string;
  copy: ListedCopy;
  onClose: () => void;
}) {
  const [as, setAs] = useState('');
  const [identity, setIdentity] = useState('');
  return (
    <Dialog
      title={`Bring the copy ${copy.tag} back`}
      action="Bring it back"
      word={as === '' ? undefined : as}
      isReady={as !== '' && isIdentity(identity)}
      onClose={onClose}
      onAgree={() =>
        begin('POST', `/v1/benches/${part(bench)}/copies/${part(copy.id)}/restore`, {
          as,
          identity: identityText(identity),
          confirm: as,
        })
      }
    >
      <ul>
        <li>
          {bench} as it was at {time(copy.createdAt)} comes back as a kept volume, beside whatever is there.
          It takes the place of nothing.
        </li>
        <li>Then make a bench of it, under Volumes.</li>
        {copy.volumesLeftOut.length > 0 && (
          <li>Not in it: the data volumes {copy.volumesLeftOut.join(', ')}</li>
        )}
      </ul>
      <TextField
        label="Name of what comes back"
        value={as}
        onChange={setAs}
        hint="One that no bench has"
        required
      />
      <IdentityField value={identity} onChange={setIdentity} />
    </Dialog>
  );
}

/** What somebody brings along who may read the copies; the host does not have it. */
function IdentityField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field
      label="Secret key of age"
      hint="The line that begins with AGE-SECRET-KEY-. It is kept in memory until the operation has ended, and nowhere else."
      problem={value === '' || isIdentity(value) ? undefined : 'That is no secret key of age.'}
    >
      {(attributes) => (
        <input
          {...attributes}
          type="password"
          value={value}
          required
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function isIdentity(text: string): boolean {
  return /^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(text.trim());
}

function identityText(text: string): string {
  return `${text.trim()}\n`;
}

export function PruneDialog({ bench, onClose }: { bench: string; onClose: () => void }) {
  const path = `/v1/benches/${part(bench)}/copies/prune`;
  const preview = usePolled<CopyPruneResult>(path, ONCE_MS);
  const goes = (preview.data?.pruned.length ?? 0) + (preview.data?.removed.length ?? 0);
  return (
    <Dialog
      title={`Prune the copies of ${bench}`}
      action="Prune"
      word={bench}
      isReady={goes > 0}
      onClose={onClose}
      onAgree={() => begin('POST', path, { confirm: bench })}
    >
      <Loaded of={preview}>
        {({ copies, pruned, removed, freedBytes }) => (
          <ul>
            {pruned.length === 0 ? (
              <li>Every copy is kept by a rule.</li>
            ) : (
              <li>
                <strong>Lost for good:</strong> {pruned.join(', ')}; {size(freedBytes)} become free
              </li>
            )}
            {removed.length > 0 && <li>Parts that are no copy go: {removed.join(', ')}</li>}
            {copies
              .filter(({ keptBy }) => keptBy.length > 0)
              .map(({ id, keptBy }) => (
                <li key={id}>
                  {id} stays: {keptBy.join(', ')}
                </li>
              ))}
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}
