/** One MariaDB instance: its files and unit, whether it runs, holding it still, its accounts, what its log says. */
export { type AccountState, accountStates, ensureAccounts } from './account.js';
export * from './default-instance.js';
export { corruptionIn, logSince, markLog, noRoomIn } from './error-log.js';
export { MariaDbError } from './errors.js';
export { greetedVersion } from './greeting.js';
export { identifier, tableName } from './identifier.js';
export * from './instance.js';
export { lazyConnect, loadClient } from './lazy-connect.js';
export { quiesced } from './quiesce.js';
export type { Connect, ConnectOptions, Session } from './session.js';
export { type InstanceState, instanceState, listens, stateOf } from './state.js';
export { ANSWER_TIMEOUT_MS, waitUntilAnswering } from './wait.js';
