/** A program against the generated client: it is only compiled, and does not compile where the API lacks something. */
import type { paths } from './client.js';

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer A } } } };
}
  ? A
  : never;
type Body<P extends keyof paths> = paths[P] extends {
  post: { requestBody: { content: { 'application/json': infer B } } };
}
  ? B
  : never;

declare function get<P extends keyof paths>(path: P): Promise<Answer<P>>;
declare function post<P extends keyof paths>(path: P, body: Body<P>): Promise<{ id: string }>;

export async function program(): Promise<string[]> {
  const { benches } = await get('/v1/benches');
  const { volumes } = await get('/v1/volumes');
  const { snapshots } = await get('/v1/benches/{bench}/snapshots');
  await post('/v1/benches/{bench}/restore', {
    tag: 'monday',
    keep: true,
    withoutVolumes: false,
    confirm: 'monday',
  });
  // @ts-expect-error a restore has its tag repeated
  await post('/v1/benches/{bench}/restore', { tag: 'monday', keep: true, withoutVolumes: false });
  const free: number = volumes.reduce((sum, { sizeBytes, usedBytes }) => sum + sizeBytes - usedBytes, 0);
  return [
    ...benches.map(({ name, state }) => `${name} ${state}`),
    ...snapshots.map(({ tag }) => tag),
    String(free),
  ];
}
