import type { HostRecord } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import { permitsUsers } from '../host/acl.js';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { benchLock } from '../host/paths.js';
import { findUser, findUsers, sudoCaller } from '../host/users.js';
import { accountStates, lazyConnect, MariaDbError } from '../mariadb/mariadb.js';
import { userName } from '../names.js';
import type { Step } from '../steps/steps.js';
import type { OperatorFacts } from './facts.js';

/**
 * Who is to be an operator: those recorded by an init before, as long as the host knows them, and those named now.
 * Where there is none of either it is who has called sudo.
 * @throws UsageError `operator-invalid`
 */
export async function wantedOperators(
  runner: Runner,
  named: readonly string[],
  record: HostRecord | undefined,
): Promise<string[]> {
  for (const name of named) await requireOperator(runner, name);
  const recorded = [...(await findUsers(runner, record?.operators ?? [])).keys()];
  const operators = [...new Set([...recorded, ...named])].sort();
  if (operators.length > 0) return operators;
  const caller = await sudoCaller(runner);
  return caller === undefined ? [] : [caller];
}

/** @throws UsageError `operator-invalid` */
export async function requireOperator(runner: Runner, name: string): Promise<void> {
  const wrong = userName(name);
  const user = wrong === undefined ? await findUser(runner, name) : undefined;
  if (user !== undefined && user.uid !== 0) return;
  const why =
    wrong ?? (user === undefined ? 'this host has no such user' : 'root needs nothing to be an operator');
  throw new UsageError('operator-invalid', `The operator ${JSON.stringify(name)}: ${why}.`, {
    suggestions: ['Name a user of this host: getent passwd'],
  });
}

export async function inspectOperators(
  config: BenchConfig,
  runner: Runner,
  operators: string[],
  isRunning: boolean,
): Promise<OperatorFacts> {
  const lock = benchLock(config.name);
  return {
    operators,
    accounts: isRunning ? await readAccounts(config, operators) : operators.map(() => 'unknown'),
    // Before the first init there is none, and a dry run makes none; it comes into being as root's alone.
    lockPermitted: (await exists(lock))
      ? await permitsUsers(runner, lock, operators)
      : operators.length === 0,
  };
}

const TIMEOUT_MS = 10_000;

async function readAccounts(config: BenchConfig, operators: string[]): Promise<OperatorFacts['accounts']> {
  if (operators.length === 0) return [];
  try {
    const { socketPath } = config.mariadb;
    const session = await lazyConnect({ socketPath, timeoutMs: TIMEOUT_MS });
    return await accountStates(session, operators).finally(() => session.close());
  } catch (error) {
    if (!(error instanceof MariaDbError)) throw error;
    return operators.map(() => (error.code === 'mariadb-access-denied' ? 'denied' : 'unknown'));
  }
}

/**
 * What the operators still lack; the accounts need a server that runs, so this comes last. Pure.
 * @throws RefusedError `account-not-ours`
 */
export function planOperators(config: BenchConfig, facts: OperatorFacts): Step[] {
  const { operators, accounts, lockPermitted } = facts;
  const foreign = operators.find((_, index) => accounts[index] === 'foreign');
  if (foreign !== undefined) {
    throw new RefusedError(
      'account-not-ours',
      `MariaDB has an account '${foreign}'@'localhost' that does not log in by unix_socket alone. Nothing was changed.`,
      {
        suggestions: [
          `Look whose it is: mariadb --socket=${config.mariadb.socketPath} -e "SHOW CREATE USER '${foreign}'@'localhost'"`,
          'Name another operator: bench init --operator NAME',
        ],
      },
    );
  }
  const missing = operators.filter((_, index) => ['missing', 'unknown'].includes(accounts[index] ?? ''));
  const steps: Step[] = [];
  if (!lockPermitted) steps.push({ kind: 'lock.permit', file: benchLock(config.name), operators });
  if (missing.length > 0) {
    steps.push({ kind: 'account.create', operators: missing, socketPath: config.mariadb.socketPath });
  }
  return steps;
}

/** Why an operator will not be able to take snapshots, one sentence; nothing where they will. */
export function operatorNotes({ operators, accounts }: OperatorFacts): string[] {
  if (!accounts.includes('denied')) return [];
  return [
    `MariaDB does not let root in by its socket, so ${operators.join(', ')} got no account and cannot take snapshots.`,
  ];
}
