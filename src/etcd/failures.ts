import { VolumeError } from '../errors.js';
import { onOneLine } from '../printable.js';

/** Nobody has answered in time: what is only of this host goes on. Exit 1. */
export class SilentError extends VolumeError {
  constructor(
    /** One for each member. */
    readonly reasons: readonly string[],
    cause?: unknown,
  ) {
    super('fleet-silent', `etcd does not answer: ${reasons.map(onOneLine).join('; ')}.`, {
      suggestions: [
        'What is only of this host goes on without it: bench list, bench volume status',
        'On the hosts of etcd: systemctl status etcd',
      ],
      cause,
    });
  }
}

/** What etcd has answered that is no success. */
export class EtcdFailure extends VolumeError {
  constructor(
    /** gRPC's. */
    readonly grpc: number,
    message: string,
  ) {
    super('fleet-failed', `etcd says: ${onOneLine(message.slice(0, 300))}`, {
      suggestions: ['etcdctl endpoint status, with the same certificate'],
    });
  }
}
