/** One number with its labels. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** All numbers of one name, as Prometheus wants them: together. */
export interface Family {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  samples: readonly Sample[];
}

/**
 * Prometheus' text format, version 0.0.4. A family without a sample is left out. Pure.
 * @throws Error for a name that Prometheus would not take
 */
export function exposition(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is no name of a metric`);
      const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}`);
      return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
    })
    .join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
