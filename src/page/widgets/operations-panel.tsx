import { dismiss, useOperations, type Watched } from '../operations.js';
import { seconds } from '../words.js';
import { Badge, ProblemBox } from './basics.js';

const KINDS = { running: 'plain', done: 'good', failed: 'bad', lost: 'bad' } as const;
const WORDS = { running: 'running', done: 'done', failed: 'failed', lost: 'killed' } as const;

/** What was begun, with its steps as they happen. */
export function OperationsPanel() {
  const all = useOperations();
  if (all.length === 0) return null;
  return (
    <aside class="operations" aria-label="Operations">
      {all.map((each) => (
        <OperationBox key={each.operation.id} {...each} />
      ))}
    </aside>
  );
}

function OperationBox({ operation, steps }: Watched) {
  const { id, title, state, error } = operation;
  return (
    <section class="operation" data-operation={operation.command} data-state={state}>
      <h2>
        {title} <Badge kind={KINDS[state]}>{WORDS[state]}</Badge>
      </h2>
      <div role="status">
        {steps.length > 0 && (
          <ol>
            {steps.map((step) => (
              <li key={step.title} class={step.isDone ? 'done' : 'now'}>
                {step.title}{' '}
                <span class="quiet">{step.isDone ? seconds(step.durationMs) : step.detail || '…'}</span>
              </li>
            ))}
          </ol>
        )}
        {state === 'running' && steps.length === 0 && <p class="quiet">It has begun …</p>}
        {state === 'done' && <p>It is done.</p>}
      </div>
      {error !== null && (
        <ProblemBox
          problem={{ detail: error.message, stderr: error.stderr, suggestions: error.suggestions }}
        />
      )}
      {state !== 'running' && (
        <button type="button" onClick={() => dismiss(id)}>
          Dismiss
        </button>
      )}
    </section>
  );
}
