/**
 * All that the server takes of libraries. The build makes one script of this file and of what it names
 * (scripts/bundle/late-libraries.ts), which is loaded by `bench admin serve` and by no other command.
 */
export { getRequestListener } from '@hono/node-server';
export { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
export type { Context } from 'hono';
export { bodyLimit } from 'hono/body-limit';
export { HTTPException } from 'hono/http-exception';
