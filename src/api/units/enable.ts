import { UsageError } from '../../errors.js';
import { benchesRoot } from '../../host/environment.js';
import type { Runner } from '../../host/exec.js';
import { exists, readText } from '../../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../../host/systemd.js';
import { absolutePath } from '../../names.js';
import { applySteps, enabledBeforeReload, type OnStep, type Step } from '../../steps/steps.js';
import { programPath, unitPath } from '../../timers/timers.js';
import { hostName } from '../defence/hosts.js';
import { listTokens } from '../defence/tokens.js';
import { parseListen } from '../listeners.js';
import { ADMIN_PATHS, API_SOCKET } from '../paths.js';
import {
  GROUP,
  hasTls,
  hostsOf,
  listenOf,
  SERVICE,
  type Serving,
  SOCKET,
  serviceText,
  socketText,
  WEB_SOCKET,
  webSocketText,
} from './texts.js';

const UNITS = [SERVICE, SOCKET, WEB_SOCKET] as const;
type Unit = (typeof UNITS)[number];

/** What decides whether the server is as it should be. */
export interface AdminFacts {
  /** What the files hold. */
  files: Readonly<Record<Unit, string | undefined>>;
  states: Readonly<Record<Unit, UnitState>>;
  hasGroup: boolean;
}

export interface AdminStatus {
  enabled: boolean;
  /** Whether it listens now. */
  listening: boolean;
  socket: string;
  /** For browsers. */
  address: string | null;
  tls: boolean;
  hosts: string[];
  /** Whether the server itself runs: it comes with the first request, and goes when nobody is there. */
  running: boolean;
  tokens: number;
}

export type EnableWish = Partial<Omit<Serving, 'hosts'>> & { hosts: readonly string[] };

/** What is there. One process. */
export async function readAdmin(runner: Runner): Promise<AdminStatus> {
  const { files, states } = await inspect(runner);
  const address = listenOf(files[WEB_SOCKET]) ?? null;
  return {
    enabled: states[SOCKET].enabled === 'enabled',
    listening: states[SOCKET].active === 'active',
    socket: API_SOCKET,
    address,
    tls: hasTls(files[SERVICE]),
    hosts: hostsOf(files[SERVICE]),
    running: states[SERVICE].active === 'active',
    tokens: (await listTokens(ADMIN_PATHS)).tokens.length,
  };
}

/**
 * Has systemd listen for the server, and start it when somebody comes.
 * @throws UsageError `listen-invalid`, `tls-needed`, `tls-files`, `host-invalid`
 */
export async function enableAdmin(
  runner: Runner,
  wish: EnableWish,
  { dryRun, onEvent }: { dryRun: boolean; onEvent?: OnStep },
): Promise<Step[]> {
  const serving = await checked(wish);
  const options = {
    program: await programPath(),
    benchesRoot: benchesRoot(),
  };
  const wanted = {
    [SERVICE]: serviceText(serving, options),
    [SOCKET]: socketText(),
    [WEB_SOCKET]: serving.listen === undefined ? undefined : webSocketText(serving.listen),
  };
  const steps = planEnable(wanted, await inspect(runner));
  if (!dryRun) await applySteps(steps, runner, onEvent);
  return steps;
}

/** Takes all of it away but tokens, which do nothing without it. */
export async function disableAdmin(
  runner: Runner,
  { dryRun, onEvent }: { dryRun: boolean; onEvent?: OnStep },
): Promise<Step[]> {
  const steps = planDisable(await inspect(runner));
  if (!dryRun) await applySteps(steps, runner, onEvent);
  return steps;
}

async function checked({ listen, hosts, tlsCert, tlsKey }: EnableWish): Promise<Serving> {
  const isTls = tlsCert !== undefined || tlsKey !== undefined;
  for (const [flag, file] of [
    ['--tls-cert', tlsCert],
    ['--tls-key', tlsKey],
  ] as const) {
    if (!isTls) break;
    const wrong = file === undefined ? 'is missing' : absolutePath(file);
    if (wrong === undefined && file !== undefined && (await exists(file))) continue;
    throw new UsageError('tls-files', `${flag}: ${wrong ?? `there is no ${file}`}. Nothing was changed.`, {
      suggestions: ['--tls-cert FILE --tls-key FILE, both absolute, in PEM'],
    });
  }
  if (listen !== undefined) parseListen(listen, isTls);
  for (const host of hosts)
    if (hostName(host) !== host.toLowerCase())
      throw new UsageError(
        'host-invalid',
        `${JSON.stringify(host)} is no name of a host. Nothing was changed.`,
        {
          suggestions: ['A name without a port, such as bench.example.org'],
        },
      );
  return { listen, hosts: hosts.map((host) => host.toLowerCase()), tlsCert, tlsKey };
}

async function inspect(runner: Runner): Promise<AdminFacts> {
  const texts = await Promise.all(UNITS.map((unit) => readText(unitPath(unit))));
  const states = await unitStates(runner, UNITS);
  const { stdout } = await runner.run({ argv: ['getent', 'group', GROUP], okExitCodes: [0, 2] });
  const of = <T>(values: readonly T[], otherwise: T) =>
    Object.fromEntries(UNITS.map((unit, index) => [unit, values[index] ?? otherwise])) as Record<Unit, T>;
  return { files: of(texts, undefined), states: of(states, UNKNOWN_UNIT), hasGroup: stdout !== '' };
}

const PURPOSES: Readonly<Record<Unit, string>> = {
  [SERVICE]: 'the server of API and page',
  [SOCKET]: 'the socket of the API',
  [WEB_SOCKET]: 'the address for browsers',
};

/** Pure. Killed anywhere, the next plan goes on from what is there. */
export function planEnable(wanted: Readonly<Record<Unit, string | undefined>>, facts: AdminFacts): Step[] {
  const { files, states, hasGroup } = facts;
  const differing = UNITS.filter((unit) => wanted[unit] !== files[unit]);
  const isStale = UNITS.some((unit) => states[unit].stale);
  // What runs has read the old files: it is started again by the next request.
  const stops = UNITS.filter(
    (unit) =>
      states[unit].active === 'active' &&
      (unit === SERVICE ? differing.length > 0 || isStale : differing.includes(unit)),
  );
  const steps: Step[] = hasGroup ? [] : [{ kind: 'group.create', group: GROUP }];
  for (const unit of stops) steps.push({ kind: 'unit.stop', unit, reason: 'it is changed' });
  for (const unit of differing) {
    const content = wanted[unit];
    if (content === undefined) {
      if (states[unit].enabled === 'enabled')
        steps.push({ kind: 'unit.disable', unit, reason: 'not wanted any more' });
      steps.push({ kind: 'file.remove', path: unitPath(unit), reason: 'not wanted any more' });
    } else steps.push({ kind: 'file.write', path: unitPath(unit), content, purpose: PURPOSES[unit] });
  }
  if (differing.length > 0 || isStale) steps.push({ kind: 'systemd.reload' });
  for (const unit of [SOCKET, WEB_SOCKET] as const) {
    const content = wanted[unit];
    if (content === undefined) continue;
    if (states[unit].enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit });
    if (states[unit].active !== 'active' || stops.includes(unit))
      steps.push({ kind: 'socket.start', unit, listens: listenOf(content) ?? '' });
  }
  return enabledBeforeReload(steps);
}

/** Pure. Nobody is let in before what runs is ended. */
export function planDisable({ files, states }: AdminFacts): Step[] {
  const present = UNITS.filter((unit) => files[unit] !== undefined);
  if (present.length === 0) return [];
  const reason = 'bench admin disable';
  const inOrder = [WEB_SOCKET, SOCKET, SERVICE] as const;
  return [
    ...inOrder
      .filter((unit) => states[unit].active === 'active')
      .map((unit) => ({ kind: 'unit.stop', unit, reason }) as const),
    ...inOrder
      .filter((unit) => states[unit].enabled === 'enabled')
      .map((unit) => ({ kind: 'unit.disable', unit, reason }) as const),
    ...present.map((unit) => ({ kind: 'file.remove', path: unitPath(unit), reason }) as const),
    { kind: 'systemd.reload' },
  ];
}
