import type { ComponentChildren } from 'preact';
import type { Problem } from '../api.js';
import type { Polled } from '../hooks.js';
import { size } from '../words.js';

/** What is shown while something is asked for, where it cannot be had, and where it is old. */
export function Loaded<T>({ of, children }: { of: Polled<T>; children: (data: T) => ComponentChildren }) {
  const { data, problem } = of;
  if (data === undefined) {
    if (problem !== undefined) return <ProblemBox problem={problem} />;
    return (
      <p class="quiet" role="status">
        Looking …
      </p>
    );
  }
  return (
    <>
      {problem !== undefined && (
        <p class="lost" role="status">
          {problem.detail} What is shown is older. Trying again …
        </p>
      )}
      {children(data)}
    </>
  );
}

export function ProblemBox({ problem }: { problem: Pick<Problem, 'detail' | 'stderr' | 'suggestions'> }) {
  return (
    <div class="problem" role="alert">
      <p>{problem.detail}</p>
      {problem.stderr && <pre>{problem.stderr.trim()}</pre>}
      {problem.suggestions.length > 0 && (
        <ul>
          {problem.suggestions.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A wide table is moved sideways in its own frame, by keys as well. */
export function Table({
  caption,
  head,
  children,
}: {
  caption: string;
  head: string[];
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section class="scroll" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((text) => (
              <th scope="col" key={text}>
                {text === '' ? <span class="unseen">Actions</span> : text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** Parts of a whole, in bytes, as a bar with its words. */
export function Bar({
  parts,
  whole,
  label,
}: {
  parts: [string, number, string][];
  whole: number;
  label: string;
}) {
  let left = 0;
  const total = Math.max(1, whole);
  return (
    <figure class="bar">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label}>
        <rect class="bar-rest" x="0" y="0" width="100" height="6" />
        {parts.map(([name, bytes, kind]) => {
          const x = left;
          const width = Math.min(100 - x, (bytes / total) * 100);
          left += width;
          return <rect key={name} class={`bar-${kind}`} x={x} y="0" width={width} height="6" />;
        })}
      </svg>
      <figcaption>
        {parts.map(([name, bytes, kind]) => (
          <span key={name}>
            <i class={`dot bar-${kind}`} /> {name} {size(bytes)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** A word with a colour; the word says it all. */
export function Badge({
  kind,
  children,
}: {
  kind: 'good' | 'warn' | 'bad' | 'plain';
  children: ComponentChildren;
}) {
  return <span class={`badge ${kind}`}>{children}</span>;
}
