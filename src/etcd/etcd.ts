/** etcd by the JSON gateway of its API, version 3: what is asked of it, and when it counts as not answering. */
export { type Compare, connectEtcd, type EtcdClient, type KeyValue, type Operation } from './client.js';
export type { EtcdAccess } from './connection.js';
export { SilentError } from './failures.js';
