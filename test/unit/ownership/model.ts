import {
  epochToClaim,
  verdictOnClaim,
  verdictOnRecord,
  verdictOnStart,
  verdictOnYield,
} from '../../../src/ownership/decide.js';
import {
  change,
  type Host,
  type Moving,
  type Name,
  other,
  type Promoting,
  type Rules,
  row,
  type Step,
  seesEtcd,
  seesOther,
  type World,
} from './world.js';

/** Everything that can happen next. */
export function nextSteps(world: World, rules: Rules): Step[] {
  const steps: Step[] = (['ab', 'ae', 'be'] as const).map((way) => ({
    what: `${world[way] ? 'cut' : 'mend'} ${way}`,
    world: { ...world, [way]: !world[way] },
  }));
  for (const name of ['a', 'b'] as const) {
    const me = world[name];
    const add = (what: string, next: World | undefined) => {
      if (next !== undefined) steps.push({ what: `${name}: ${what}`, world: next });
    };
    if (!me.up) {
      add('boot', change(world, name, { up: true }));
      continue;
    }
    const off = { up: false, live: false, granted: false, promoting: null };
    add('power cut', change(world, name, { ...off, moving: null }));
    add('ask before a start', ask(world, name, rules));
    add('start', start(world, name));
    add('publish', publish(world, name));
    add('send', send(world, name));
    add('reverse', reverse(world, name));
    add('reclaim', reclaim(world, name));
    add('promote', promoteNext(world, name, rules));
    add('move', moveNext(world, name, rules));
    add('give the move up', giveUp(world, name));
    add('take', take(world, name, rules));
  }
  return steps.filter(({ world: { owner, a, b } }) => Math.max(owner.epoch, a.epoch, b.epoch) <= rules.most);
}

/** What asks before each start, and writes the start down in etcd. */
function ask(world: World, name: Name, { rule, without }: Rules): World | undefined {
  const me = world[name];
  if (me.role !== 'bench' || me.live || me.granted) return undefined;
  const verdict = verdictOnStart({
    host: name,
    rule,
    epoch: me.epoch,
    superseded: me.superseded,
    peer: seesOther(world, name) ? { epoch: world[other(name)].epoch } : 'silent',
    fleet: seesEtcd(world, name) ? { owner: row(world.owner) } : 'silent',
  });
  if (verdict.note !== null) return me.superseded ? undefined : change(world, name, { superseded: true });
  if (!verdict.mayStart) return undefined;
  const touched =
    seesEtcd(world, name) && without !== 'touch'
      ? { host: name, epoch: Math.max(me.epoch, world.owner.epoch), yielded: null }
      : undefined;
  return change(world, name, { granted: true }, touched);
}

/** systemd looks for superseded.json once more. */
function start(world: World, name: Name): World | undefined {
  const me = world[name];
  if (!me.granted) return undefined;
  return change(world, name, { granted: false, live: !me.superseded && me.role === 'bench' });
}

function publish(world: World, name: Name): World | undefined {
  const me = world[name];
  if (!seesEtcd(world, name) || me.role !== 'bench' || me.superseded) return undefined;
  const verdict = verdictOnRecord(row(world.owner), { host: name, epoch: me.epoch });
  if (verdict.kind === 'write') return change(world, name, {}, verdict.owner);
  return verdict.kind === 'refuse' ? change(world, name, { superseded: true }) : undefined;
}

function send(world: World, name: Name): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  if (!me.live || me.superseded || !seesOther(world, name) || there.role !== 'copy') return undefined;
  return there.epoch < me.epoch ? change(world, other(name), { epoch: me.epoch }) : undefined;
}

function reverse(world: World, name: Name): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  const isHigher = there.role === 'bench' && there.epoch > me.epoch;
  if (me.role !== 'bench' || !seesOther(world, name) || !isHigher) return undefined;
  return change(world, name, {
    ...{ role: 'copy', epoch: there.epoch, superseded: true, live: false, granted: false, moving: null },
  });
}

/** Takes back, in etcd and then here, that this host must not start the bench. */
function keep(world: World, name: Name): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  if (!seesOther(world, name) || there.role === 'bench' || there.epoch > me.epoch) return undefined;
  if (!seesEtcd(world, name)) return undefined;
  const verdict = verdictOnYield(row(world.owner), { host: name, epoch: me.epoch, to: null });
  if (verdict.kind !== 'write') return undefined;
  return change(world, name, { superseded: false, moving: null }, verdict.owner);
}

function reclaim(world: World, name: Name): World | undefined {
  const { role, superseded, moving } = world[name];
  return role === 'bench' && superseded && moving === null ? keep(world, name) : undefined;
}

function promoteNext(world: World, name: Name, rules: Rules): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  const now = me.promoting;
  if (now === null) return me.role === 'copy' ? look(world, name, rules, undefined) : undefined;
  const go = (phase: Promoting['phase']) => change(world, name, { promoting: { ...now, phase } });
  const end = () => change(world, name, { promoting: null });
  switch (now.phase) {
    case 'looked':
      if (now.yielded) return go('fenced');
      if (seesOther(world, name)) {
        // The name was typed: the host that runs it is to stop it.
        const noted = change(world, other(name), there.role === 'bench' ? { superseded: true } : {});
        return { ...noted, [name]: { ...me, promoting: { ...now, phase: 'noted' } } };
      }
      // The operator has gone and looked: it does not run there. From then on only the rules keep it from starting.
      return rules.without !== 'confirm' && (there.live || there.granted) ? undefined : go('sure');
    case 'noted': {
      if (!seesOther(world, name)) return end();
      const stopped = change(world, other(name), { live: false, granted: false });
      return { ...stopped, [name]: { ...me, promoting: { ...now, phase: 'fenced' } } };
    }
    case 'sure':
    case 'fenced':
      return claimNow(world, name, now, rules) ?? end();
    case 'claimed':
      return change(world, name, {
        ...{ role: 'bench', epoch: now.epoch, superseded: false, promoting: null },
      });
  }
}

function look(world: World, name: Name, { rule }: Rules, yielded: number | undefined): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  const isSeen = seesEtcd(world, name);
  if (!isSeen && (rule === 'answered' || yielded !== undefined)) return undefined;
  const told = yielded === undefined && seesOther(world, name) && there.role === 'bench' ? there.epoch : 0;
  const ofCopy = Math.max(me.epoch, yielded === undefined ? told : yielded - 1);
  const epoch = yielded ?? (isSeen ? epochToClaim(row(world.owner), name, ofCopy) : ofCopy + 1);
  return change(world, name, {
    promoting: {
      ...{ phase: 'looked', seen: isSeen ? world.owner : null, stale: false },
      ...{ ofCopy, epoch, yielded: yielded !== undefined },
    },
  });
}

function claimNow(world: World, name: Name, now: Promoting, { without }: Rules): World | undefined {
  const claimed = { promoting: { ...now, phase: 'claimed' as const } };
  if (now.seen === null) return change(world, name, claimed);
  if (!seesEtcd(world, name)) return undefined;
  const { epoch, ofCopy } = now;
  const yielded = now.yielded && without !== 'yield';
  const seen = without === 'compare' ? world.owner : now.seen;
  const verdict = verdictOnClaim(row(seen), { host: name, epoch, ofCopy, yielded });
  if (verdict.kind === 'mine') return change(world, name, claimed);
  const isSame = !now.stale || without === 'compare';
  if (verdict.kind === 'refuse' || !isSame) return undefined;
  return change(world, name, claimed, verdict.owner);
}

function moveNext(world: World, name: Name, rules: Rules): World | undefined {
  const me = world[name];
  const there = world[other(name)];
  const now = me.moving;
  const to = (phase: Moving['phase'], more: Partial<Host> = {}) =>
    change(world, name, { ...more, moving: { phase, epoch: now?.epoch ?? 0 } });
  if (now === null) {
    const mayBegin = me.role === 'bench' && me.live && !me.superseded && there.role === 'copy';
    if (!mayBegin || !seesOther(world, name) || !seesEtcd(world, name)) return undefined;
    const epoch = Math.max(me.epoch, there.epoch, world.owner.epoch) + 1;
    return change(world, name, { moving: { phase: 'begun', epoch } });
  }
  switch (now.phase) {
    case 'begun':
      return to('stopped', { live: false, granted: false });
    case 'stopped':
      return to('noted', { superseded: true });
    case 'noted': {
      // Somebody has started it after it was stopped, and before that was noted.
      if ((me.live && rules.without !== 'look') || !seesEtcd(world, name)) return undefined;
      const verdict = verdictOnYield(row(world.owner), { host: name, epoch: me.epoch, to: now.epoch });
      if (verdict.kind !== 'write') return undefined;
      return change(to('left'), name, {}, verdict.owner);
    }
    case 'left': {
      if (!seesOther(world, name) || there.role !== 'copy') return undefined;
      return { ...to('asked'), asked: { to: other(name), epoch: now.epoch } };
    }
    case 'asked':
      if (!seesOther(world, name) || there.role !== 'bench' || !there.live) return undefined;
      return change(world, name, { role: 'copy', epoch: there.epoch, superseded: true, moving: null });
  }
}

/** What a move has asked comes to the other host. */
function take(world: World, name: Name, rules: Rules): World | undefined {
  const { promoting, role } = world[name];
  if (world.asked?.to !== name || promoting !== null || role !== 'copy') return undefined;
  return look({ ...world, asked: null }, name, rules, world.asked.epoch);
}

/** What failed before the other host had taken it up goes back; so does the command that is run again after a power cut. */
function giveUp(world: World, name: Name): World | undefined {
  const me = world[name];
  if (me.moving === null || me.role !== 'bench' || me.moving.phase === 'begun') return undefined;
  return keep(world, name);
}
