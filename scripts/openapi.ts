import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { addRoutes, type Deps } from '../src/api/api.js';
import { OpenAPIHono } from '../src/api/web.js';
import { contract } from './contract.js';

/** The name of what a command prints, among the components. */
const componentOf = (id: string) => id.replaceAll(':', '-');

/**
 * The OpenAPI document of the API: from the routes, with the schemas that validate what comes in; what goes out are the
 * schemas of the commands, as they are published.
 */
export function openApiDocument(): object {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const app = new OpenAPIHono<never>();
  // Only their shapes are asked for.
  addRoutes(app as never, {} as Deps);
  const made = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'bench',
      version,
      description:
        'Benches, their volumes and snapshots. What changes something answers 202 with an operation; its steps stream ' +
        'as server-sent events. Failures are problems (RFC 9457) with the code and the suggestions of the commands.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
  });
  const text = JSON.stringify(made);
  const printed = Object.entries(contract)
    .filter(([id]) => text.includes(`"#/components/schemas/${componentOf(id)}"`))
    .map(([id, schema]) => {
      const { $schema: _, ...json } = z.toJSONSchema(schema);
      return [componentOf(id), { title: `bench ${id.replaceAll(':', ' ')} --json`, ...json }];
    });
  return {
    ...made,
    components: {
      ...made.components,
      schemas: { ...made.components?.schemas, ...Object.fromEntries(printed) },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'bench admin token create' },
        session: { type: 'apiKey', in: 'cookie', name: 'bench_session', description: 'bench admin login' },
      },
    },
  };
}
