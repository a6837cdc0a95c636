import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError, type Problem, problemOf } from '../api.js';
import { watch } from '../operations.js';
import { bytesOf } from '../words.js';
import { ProblemBox } from './basics.js';

type Begun = Parameters<typeof watch>[0];

/** Begins something and follows it; what is refused is shown. */
export function useBegin(onBegun: () => void = () => undefined) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const start = async (work: () => Promise<Begun>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      watch(await work());
      onBegun();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return { start, isBusy, problem };
}

/** A label, its field, and what is wrong with it. */
export function Field({
  label,
  hint,
  problem,
  children,
}: {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  children: (attributes: {
    id: string;
    'aria-describedby'?: string;
    'aria-invalid'?: true;
  }) => ComponentChildren;
}) {
  const id = useId();
  const about = problem ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(about === undefined ? {} : { 'aria-describedby': `${id}-about` }),
        ...(problem === undefined ? {} : { 'aria-invalid': true as const }),
      })}
      {about !== undefined && (
        <p id={`${id}-about`} class={problem === undefined ? 'hint' : 'wrong'}>
          {about}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  value,
  onChange,
  hint,
  problem,
  required = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  problem?: string | undefined;
  required?: boolean;
}) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          type="text"
          value={value}
          required={required}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** One of a few, each with the words for it. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: Readonly<Record<T, string>>;
  onChange: (value: T) => void;
}) {
  return (
    <Field label={label}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
          {Object.entries<string>(options).map(([id, words]) => (
            <option key={id} value={id}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What is wrong with a size as it is typed; nothing where it is empty and need not be there. */
export function sizeProblem(text: string, isNeeded: boolean): string | undefined {
  if (text.trim() === '') return isNeeded ? 'How large? Such as 20G.' : undefined;
  const read = bytesOf(text);
  return 'problem' in read ? read.problem : undefined;
}

export function requireBytes(text: string): number {
  const read = bytesOf(text);
  if ('bytes' in read) return read.bytes;
  throw new ApiError({ ...problemOf(undefined), detail: read.problem, suggestions: [] });
}

export function Check({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />{' '}
      {label}
    </label>
  );
}

/**
 * A question in front of the page. Escape closes it.
 * @param word what has to be typed before it can be agreed to; undefined where nothing is lost
 */
export function Dialog({
  title,
  action,
  word,
  children,
  onClose,
  onAgree,
  isReady = true,
}: {
  title: string;
  action: string;
  word?: string | undefined;
  children: ComponentChildren;
  onClose: () => void;
  onAgree: () => Promise<Begun>;
  isReady?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const { start, isBusy, problem } = useBegin(onClose);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (word === undefined || typed === word) void start(onAgree);
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        {word !== undefined && (
          <TextField label={`Type ${word} to go on`} value={typed} onChange={setTyped} />
        )}
        {problem !== undefined && <ProblemBox problem={problem} />}
        <div class="buttons">
          <button
            type="submit"
            class={word === undefined ? 'main' : 'danger'}
            disabled={isBusy || !isReady || (word !== undefined && typed !== word)}
          >
            {action}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
