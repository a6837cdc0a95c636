/** The server: its routes and what stands before them, operations, and who may come in. */
export { addRoutes, createApp } from './app.js';
export type { AuditEntry } from './defence/audit.js';
export { createToken, listTokens, revokeToken, type TokenJson } from './defence/tokens.js';
export type { Deps } from './define.js';
export { parseListen } from './listeners.js';
export { type Login, makeLogin } from './login.js';
export type { Operation } from './operations/operation.js';
export { ADMIN_PATHS } from './paths.js';
export { type Around, makeApp, type ServeWish, startServer } from './run-server.js';
export { SCOPES, type Scope } from './scope.js';
export { type AdminStatus, disableAdmin, type EnableWish, enableAdmin, readAdmin } from './units/enable.js';
