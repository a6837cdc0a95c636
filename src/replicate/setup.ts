import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { FIRST_EPOCH, refuseHeldClone, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { datasetPath, remoteHost } from '../names.js';
import { applySteps, type OnStep, perform, type Step } from '../steps/steps.js';
import { planJobs, programPath } from '../timers/timers.js';
import { MARK } from '../zfs/zfs.js';
import { type AcceptInput, hostKey } from './accept.js';
import { askPeer, failureIn, toldBy, understood } from './connection.js';
import { planGuards } from './guards.js';
import { COPIES } from './names.js';
import { lookAt, refuseAnother } from './peer.js';
import { introduceAs, NEW_KEY, planKey, planPeer } from './peers.js';
import { readEpoch } from './read-epoch.js';
import { replicateJob } from './units.js';

export interface SetupRequest {
  config: BenchConfig;
  /** As ssh knows it. */
  to: string;
  /** How the other host is to call and reach this one; default its host name. */
  as: string | undefined;
  target: string | undefined;
  schedule: string | undefined;
}

/** What is done on both sides. */
export interface SetupPlan {
  to: string;
  as: string;
  target: string;
  here: Step[];
  /** One sentence each, as the other host says it. */
  there: string[];
}

export interface SetupOptions {
  request: SetupRequest;
  runner: Runner;
  /** Shown what is done on both sides; throws to stop. */
  confirm: (plan: SetupPlan) => Promise<void>;
  /** Reads bench.toml again once it was changed. */
  reload: () => Promise<BenchConfig>;
  onEvent: OnStep;
}

/** What came of it. */
export interface SetupResult extends SetupPlan {
  /** Why the other host cannot reach this one; null where it can. */
  backProblem: string | null;
}

const Accepted = z.object({
  target: z.string().check(z.refine((text) => datasetPath(text) === undefined, 'no dataset')),
  name: z.string(),
  key: z.union([z.literal(NEW_KEY), hostKey]),
  hostKeys: z.array(hostKey),
  steps: z.array(z.string()),
});
type Accepted = z.infer<typeof Accepted>;

const Back = z.object({ problem: z.nullable(z.string()) });

/** What `bench replicate setup` would do on both sides. Changes nothing. */
export async function previewSetup(request: SetupRequest, runner: Runner): Promise<SetupPlan> {
  return (await look(request, runner)).plan;
}

/**
 * Lets this host send copies of a bench to another one: keys that are good for that alone on both sides, host keys
 * pinned on both sides over the operator's own connection, a place there, [replicate] in bench.toml, and the units.
 * Run again, it finds what is left to do.
 */
export async function setUp({
  request,
  runner,
  confirm,
  reload,
  onEvent,
}: SetupOptions): Promise<SetupResult> {
  const { plan, as } = await look(request, runner);
  await confirm(plan);
  await applySteps(await planKey(hostname()), runner, onEvent);
  const accepted = await perform(
    `Prepare ${request.to}`,
    () => askAccept(request, as, runner, false),
    onEvent,
  );
  const here = await planHere(request, accepted, runner);
  await applySteps(here, runner, onEvent);
  const config = await reload();
  // Before the units are there, which would ask it before each start: of another bench of that name it knows another epoch.
  await perform(
    `Ask ${request.to} with the new key`,
    async () => refuseAnother(await lookAt(runner, request.to, config.name), config.name, request.to),
    onEvent,
  );
  await applySteps(await planUnits(config, runner), runner, onEvent);
  const { problem } = await perform(
    `Have ${request.to} ask back`,
    () => askPeer(runner, request.to, ['back', config.name], Back),
    onEvent,
  );
  return { ...plan, target: accepted.target, backProblem: problem };
}

async function look(request: SetupRequest, runner: Runner): Promise<{ plan: SetupPlan; as: string }> {
  const { config, to } = request;
  const as = request.as ?? hostname();
  for (const [what, name] of [
    ['HOST', to],
    ['--as', as],
  ] as const) {
    const wrong = remoteHost(name);
    if (wrong !== undefined)
      throw new UsageError('host-invalid', `${what} ${JSON.stringify(name)} ${wrong}.`);
  }
  if (config.replicate !== undefined && config.replicate.to !== to) {
    throw new RefusedError(
      'replicate-elsewhere',
      `Copies of ${config.name} go to ${config.replicate.to}, by its bench.toml. Nothing was changed.`,
      { suggestions: [`bench config set replicate.to ${to} -b ${config.name}`, 'Then run this again.'] },
    );
  }
  refuseHeldClone(config.name, await requireOwnDataset(config, runner));
  const accepted = await askAccept(request, as, runner, true);
  const own = await planKey(hostname());
  const here = [
    ...own,
    ...(await planHere(request, accepted, runner)),
    ...(await unitsThen(request, accepted, runner)),
  ];
  return { plan: { to, as, target: accepted.target, here, there: accepted.steps }, as };
}

/** The units as they will be with what is to be written to bench.toml. */
async function unitsThen(
  { config, to, schedule }: SetupRequest,
  { target }: Accepted,
  runner: Runner,
): Promise<Step[]> {
  const timing =
    schedule === undefined ? config.replicate?.schedule : { text: schedule, calendars: [schedule] };
  const replicate = {
    ...config.replicate,
    to,
    target,
    ...(timing === undefined ? {} : { schedule: timing }),
  };
  return planUnits({ ...config, replicate }, runner);
}

async function planUnits(config: BenchConfig, runner: Runner): Promise<Step[]> {
  return [...(await planJobs([replicateJob(config)], runner)), ...(await planGuards(config))];
}

async function planHere(request: SetupRequest, accepted: Accepted, runner: Runner): Promise<Step[]> {
  const { config, to } = request;
  const { pool, dataset } = config.volume;
  const options = { program: await programPath(), target: `${pool}/${COPIES}` };
  const steps = await planPeer({ ...accepted, name: to }, options);
  const changes = [
    ...(config.replicate?.to === to ? [] : [{ key: 'replicate.to', value: to }]),
    ...(config.replicate?.target === accepted.target
      ? []
      : [{ key: 'replicate.target', value: accepted.target }]),
    ...(request.schedule === undefined || request.schedule === config.replicate?.schedule?.text
      ? []
      : [{ key: 'replicate.schedule', value: request.schedule }]),
  ];
  if (changes.length > 0) steps.push({ kind: 'config.write', file: config.file, changes });
  if ((await readEpoch(runner, dataset)) === undefined)
    steps.push({ kind: 'dataset.set', dataset, properties: { [MARK.epoch]: String(FIRST_EPOCH) } });
  return steps;
}

/** Over the operator's own connection, with his keys and what he knows of host keys: the one that trust comes from. */
async function askAccept(
  { to, target, config }: SetupRequest,
  as: string,
  runner: Runner,
  dryRun: boolean,
): Promise<Accepted> {
  const { key, hostKeys } = await introduceAs(as);
  const wanted = target ?? config.replicate?.target ?? null;
  const input: AcceptInput = { protocol: 1, name: as, to, key, hostKeys, target: wanted };
  const command = ['bench', 'replicate', 'accept', '--json', ...(dryRun ? ['--dry-run'] : [])];
  try {
    const { stdout } = await runner.run({
      argv: [
        'ssh',
        ...(to.includes('@') ? [] : ['-l', 'root']),
        '-o',
        'ConnectTimeout=10',
        '--',
        to,
        command.join(' '),
      ],
      input: JSON.stringify(input),
      timeoutMs: 5 * 60_000,
    });
    return understood(to, stdout, Accepted);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw adminError(to, error);
  }
}

function adminError(to: string, error: CommandError): unknown {
  const { exitCode, stderr, stdout, argv } = error.result;
  const details = { command: argv, stderr, cause: error };
  if (exitCode === 127)
    return new RefusedError('bench-not-there', `There is no bench on ${to}. Nothing was changed.`, {
      ...details,
      suggestions: [`Install the same package there, then run this again.`],
    });
  if (exitCode === 255)
    return new RefusedError(
      'peer-unreachable',
      `You cannot log in to ${to} as root by ssh without being asked: once, for this, you have to. Nothing was changed.`,
      { ...details, suggestions: [`ssh ${to.includes('@') ? to : `root@${to}`} true`] },
    );
  const told = failureIn(stdout);
  return told === undefined ? error : toldBy(to, told, exitCode, error);
}
