import { RefusedError, UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { Fleet } from '../ownership/ownership.js';
import { onOneLine } from '../printable.js';
import { hostOf } from '../replicate/replicate.js';
import { type FleetBench, readBenches } from './benches.js';
import { exec } from './exec.js';
import { type FleetHost, readHosts } from './read.js';
import { type HostResult, runOn } from './run-on.js';
import { controlDirectory } from './ssh.js';

/** A host on which a bench is taken up, or moved from. */
export interface Place {
  bench: FleetBench;
  /** Where the command is run. */
  on: FleetHost;
  /** `--to` of a move. */
  to: string | null;
}

/**
 * Where a bench can be taken up: the host that has its copy.
 * @param on that host, where there are several
 * @throws UsageError `bench-unknown`, `bench-ambiguous`; RefusedError `copy-nowhere`
 */
export async function placeToPromote(fleet: Fleet, name: string, on: string | undefined): Promise<Place> {
  const bench = await oneBench(fleet, name, ({ copies }) =>
    on === undefined ? copies.length > 0 : copies.some(({ host }) => host === on),
  );
  const candidates = bench.copies.filter(({ host }) => on === undefined || host === on);
  const [copy, second] = candidates;
  if (copy === undefined || second !== undefined)
    throw new RefusedError(
      'copy-nowhere',
      copy === undefined
        ? `${on === undefined ? 'No host has a' : `${on} has no`} copy of ${name}. Nothing was changed.`
        : `Several hosts have a copy of ${name}: ${candidates.map(({ host }) => host).join(', ')}. Nothing was changed.`,
      { suggestions: [`bench fleet benches ${name}`, `bench fleet promote ${name} --on HOST`] },
    );
  return { bench, on: await hostNamed(fleet, copy.host), to: null };
}

/**
 * Where a bench can be moved from: the host that runs it, whose copies go to the other one.
 * @throws UsageError `bench-unknown`, `bench-ambiguous`, `move-elsewhere`
 */
export async function placeToMove(fleet: Fleet, name: string, to: string): Promise<Place> {
  const bench = await oneBench(fleet, name, ({ replicateTo }) => replicateTo !== null);
  const target = await hostNamed(fleet, to);
  const wanted = bench.replicateTo;
  const isTarget = wanted !== null && [target.name, hostOf(target.address)].includes(hostOf(wanted));
  if (!isTarget)
    throw new UsageError(
      'move-elsewhere',
      `Copies of ${name} on ${bench.host} go to ${wanted ?? 'no host'}, and not to ${to}. Nothing was changed.`,
      { suggestions: [`On ${bench.host}: bench replicate setup ${target.address} -b ${name}`] },
    );
  return { bench, on: await hostNamed(fleet, bench.host), to: wanted };
}

/** The one bench of that name that is meant: of those that some host runs or may run. */
async function oneBench(
  fleet: Fleet,
  name: string,
  isSuited: (bench: FleetBench) => boolean,
): Promise<FleetBench> {
  const all = (await readBenches(fleet, {})).filter((bench) => bench.name === name);
  const live = all.filter(({ supersededBy, usedBytes }) => supersededBy === null && usedBytes !== null);
  const suited = live.filter(isSuited);
  const [bench, second] = suited.length > 0 ? suited : live;
  if (bench === undefined)
    throw new UsageError('bench-unknown', `No host of the fleet has a bench ${name}. Nothing was changed.`, {
      suggestions: ['bench fleet benches'],
    });
  if (second !== undefined)
    throw new UsageError(
      'bench-ambiguous',
      `Several hosts have a bench ${name}: ${suited.map(({ host }) => host).join(', ')}. Nothing was changed.`,
      {
        suggestions: [`Do it on the host that is meant: bench promote ${name}, bench move ${name} --to HOST`],
      },
    );
  return bench;
}

async function hostNamed(fleet: Fleet, name: string): Promise<FleetHost> {
  const found = (await readHosts(fleet)).find((host) => host.name === name);
  if (found !== undefined) return found;
  throw new UsageError('host-unknown', `The fleet has no host ${name}. Nothing was changed.`, {
    suggestions: ['bench fleet hosts'],
  });
}

/** A promotion or a move takes as long as its last increment and the start of MariaDB. */
const LONG_MS = 60 * 60_000;

/**
 * Runs a command of bench on one host and returns what it printed with `--json`.
 * @throws BenchError what it failed with there, by its own code and exit code; VolumeError `host-unreachable`
 */
export async function runThere(
  fleet: Fleet,
  runner: Runner,
  on: FleetHost,
  words: readonly string[],
): Promise<unknown> {
  const isHere = on.name === fleet.config.name;
  const program = isHere ? (process.argv[1] ?? 'bench') : 'bench';
  const result = await runOn(runner, {
    host: on,
    isHere,
    argv: [program, ...words, '--json'],
    control: await controlDirectory(),
    timeoutMs: LONG_MS,
    stop: new AbortController().signal,
  });
  if (result.outcome === 'ok') return parsed(result, on.name);
  throw failure(result, on.name);
}

/** Has hosts tell at once what has changed. One that does not tells it by itself within minutes. */
export async function haveTold(fleet: Fleet, runner: Runner, names: readonly string[]): Promise<void> {
  const hosts = (await readHosts(fleet)).filter(({ name }) => names.includes(name));
  await exec(runner, {
    hosts,
    here: fleet.config.name,
    argv: ['bench', 'fleet', 'publish'],
    parallel: hosts.length,
    maxFail: Number.POSITIVE_INFINITY,
    timeoutMs: 60_000,
    stop: new AbortController().signal,
    onResult: () => undefined,
  });
}

function parsed({ stdout }: HostResult, host: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new VolumeError('host-answer', `${host} gave an answer that this bench does not understand.`, {
      suggestions: ['The same version of bench on all hosts: bench fleet hosts'],
      cause,
    });
  }
}

function failure({ outcome, exitCode, stdout, stderr }: HostResult, host: string): Error {
  const told = toldIn(stdout);
  if (told === undefined)
    return new VolumeError(
      outcome === 'unreachable' ? 'host-unreachable' : 'host-failed',
      outcome === 'unreachable'
        ? `${host} cannot be reached by ssh. Nothing is known of what it did.`
        : `bench on ${host} ended with ${exitCode ?? 'nothing'}.`,
      { stderr, suggestions: [`ssh ${host}`] },
    );
  const kind = exitCode === 2 ? UsageError : exitCode === 3 ? RefusedError : VolumeError;
  return new kind(told.code, `${host}: ${onOneLine(told.message)}`, {
    suggestions: told.suggestions.map((each) => `On ${host}: ${onOneLine(each)}`),
  });
}

function toldIn(stdout: string): { code: string; message: string; suggestions: string[] } | undefined {
  try {
    const { error } = JSON.parse(stdout) as { error: Record<string, unknown> };
    const code = String(error.code);
    if (!/^[a-z][a-z-]{0,60}$/.test(code)) return undefined;
    const suggestions = Array.isArray(error.suggestions) ? error.suggestions.map(String) : [];
    return { code, message: String(error.message), suggestions };
  } catch {
    return undefined;
  }
}
