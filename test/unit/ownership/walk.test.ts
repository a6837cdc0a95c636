import { describe, expect, it } from 'vitest';
import { nextSteps } from './model.js';
import { idOf, type Rules, START, type World } from './world.js';

/** The shortest way to a world in which two hosts run the bench; undefined where there is none. */
function walk(rules: Rules): { twoLive: string[] | undefined } {
  const ways = new Map<string, { before: string; what: string } | undefined>([[idOf(START), undefined]]);
  const edge = [START];
  for (let world = edge.shift(); world !== undefined; world = edge.shift()) {
    const before = idOf(world);
    for (const { what, world: next } of nextSteps(world, rules)) {
      const id = idOf(next);
      if (ways.has(id)) continue;
      ways.set(id, { before, what });
      if (next.a.live && next.b.live) return { twoLive: wayTo(ways, id) };
      edge.push(next);
    }
  }
  return { twoLive: undefined };
}

/**
 * All of them, and one from which no way leads to a host that runs the bench, with nothing cut and no power lost any more.
 */
function explore(rules: Rules) {
  const ids = new Map([[idOf(START), 0]]);
  const worlds = [START];
  const before: number[][] = [[]];
  for (let at = 0; at < worlds.length; at += 1) {
    for (const { what, world } of nextSteps(worlds[at] as World, rules)) {
      const id = idOf(world);
      let index = ids.get(id);
      if (index === undefined) {
        index = worlds.push(world) - 1;
        ids.set(id, index);
        before.push([]);
      }
      if (!/cut/.test(what)) before[index]?.push(at);
    }
  }
  const good = worlds.flatMap(({ a, b }, index) => (a.live || b.live ? [index] : []));
  const reached = new Set(good);
  for (let index = good.pop(); index !== undefined; index = good.pop())
    for (const each of before[index] ?? [])
      if (!reached.has(each)) {
        reached.add(each);
        good.push(each);
      }
  return {
    worlds: worlds.length,
    twoLive: worlds.find(({ a, b }) => a.live && b.live),
    // Where the walk ends because of the number of epochs, nothing is said.
    stuck: worlds.find(
      ({ owner, a, b }, index) => !reached.has(index) && Math.max(owner.epoch, a.epoch, b.epoch) < rules.most,
    ),
  };
}

function wayTo(from: Map<string, { before: string; what: string } | undefined>, end: string): string[] {
  const way: string[] = [];
  for (let at = from.get(end); at !== undefined; at = from.get(at.before)) way.unshift(at.what);
  return way;
}

describe('who runs a bench, walked through in every order of cuts, power cuts, starts, promotions and moves', () => {
  it('is one host at most, where nothing starts without an answer of etcd, and one again once all is whole', () => {
    const { worlds, twoLive, stuck } = explore({ rule: 'answered', most: 3 });
    expect(twoLive).toBeUndefined();
    expect(stuck).toBeUndefined();
    expect(worlds).toBeGreaterThan(20_000);
  });

  it('may be two where one has started without an answer: that is the price of going on without etcd', () => {
    const { twoLive } = walk({ rule: 'always', most: 3 });
    expect(twoLive).toBeDefined();
    expect(twoLive?.some((what) => /^cut [ab]e$/.test(what))).toBe(true);
  });

  // What each rule is for: without it the walk finds the way.
  it.each(['touch', 'compare', 'yield', 'confirm', 'look'] as const)('is two without %s', (without) => {
    expect(walk({ rule: 'answered', most: 3, without }).twoLive).toBeDefined();
  });
});
