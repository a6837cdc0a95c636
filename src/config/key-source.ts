import type { KeySource } from './config.js';

/**
 * A source as bench.toml writes it.
 * @param text has been validated (`keySource`)
 * @param bench names the key where the text does not
 */
export function parseKeySource(text: string, bench: string): KeySource {
  const [, kind = '', rest = ''] = /^([a-z]+)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === 'file') return { kind, path: rest };
  return { kind: kind === 'prompt' ? 'prompt' : 'credential', name: rest || bench };
}

/** With its name written out, which so stays the same in a clone and under another name of the bench. */
export function formatKeySource(source: KeySource): string {
  return source.kind === 'file' ? `file:${source.path}` : `${source.kind}:${source.name}`;
}
