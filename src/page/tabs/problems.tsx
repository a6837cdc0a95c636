import type { TabProps } from '../tab-props.js';
import { Empty } from '../widgets/basics.js';

/** What is wrong, each with the command that mends it. */
export function ProblemsTab({ status: { problems } }: TabProps) {
  if (problems.length === 0) return <Empty>Nothing is wrong.</Empty>;
  return (
    <ul class="cards">
      {problems.map(({ code, message, fix }) => (
        <li class="card" key={`${code} ${message}`}>
          <h2>{code.replaceAll('-', ' ')}</h2>
          <p>{message}</p>
          <p>
            <code>{fix}</code>
          </p>
        </li>
      ))}
    </ul>
  );
}
