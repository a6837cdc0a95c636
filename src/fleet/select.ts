import { UsageError } from '../errors.js';

/** What a host is selected by. */
export interface Selectable {
  name: string;
  labels: Readonly<Record<string, string>>;
}

const TERM = /^([!&]?)([A-Za-z0-9._*?/-]+)(?:=([A-Za-z0-9._*?/-]+))?$/;

/**
 * Which of some hosts a selector means: terms with commas between, `web1`, `web*`, `role=prod`. What a term names is
 * added; `&` before it leaves only those that it names, `!` takes them away. Without a term that adds, all are meant. Pure.
 * @throws UsageError `selector-invalid`, or `selector-nothing` for a name that no host has
 */
export function selected<T extends Selectable>(hosts: readonly T[], selector: string | undefined): T[] {
  if (selector === undefined) return [...hosts];
  const terms = selector.split(',').map((text) => parseTerm(text.trim(), selector));
  const added = terms.filter(({ sign }) => sign === '');
  for (const { name, value, text } of added) {
    if (value !== undefined || /[*?]/.test(name)) continue;
    if (!hosts.some((host) => host.name === name))
      throw new UsageError('selector-nothing', `The fleet has no host ${text}.`, {
        suggestions: ['bench fleet hosts'],
      });
  }
  return hosts.filter((host) => {
    const has = (term: Term) => matches(host, term);
    return (
      (added.length === 0 || added.some(has)) &&
      terms.filter(({ sign }) => sign === '&').every(has) &&
      !terms.filter(({ sign }) => sign === '!').some(has)
    );
  });
}

interface Term {
  text: string;
  sign: string;
  /** Of a host, or the key of a label where there is a value. */
  name: string;
  value: string | undefined;
}

function parseTerm(text: string, selector: string): Term {
  const [, sign = '', name, value] = TERM.exec(text) ?? [];
  if (name !== undefined) return { text, sign, name, value };
  throw new UsageError(
    'selector-invalid',
    `${JSON.stringify(selector)} does not say which hosts: ${JSON.stringify(text)} is neither a name nor KEY=VALUE.`,
    { suggestions: ['web1,web2', '"web*,&role=prod,!web3"'] },
  );
}

function matches({ name, labels }: Selectable, term: Term): boolean {
  if (term.value === undefined) return globbed(term.name).test(name);
  const pattern = globbed(term.value);
  return Object.hasOwn(labels, term.name) && pattern.test(labels[term.name] ?? '');
}

/** `*` is any number of characters, `?` is one. */
export function globbed(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}
