import type { Owner } from '../../../src/ownership/owner.js';

/**
 * Two hosts, etcd and the three ways between them. Every way can be cut and every host can lose its power at any time;
 * what a host decides it decides by the functions of the product. One step is what happens at one place at one moment:
 * what reads and then writes is two of them.
 */

export type Name = 'a' | 'b';
type Row = Pick<Owner, 'host' | 'epoch' | 'yielded'>;

export interface Host {
  up: boolean;
  /** MariaDB runs. */
  live: boolean;
  /** What asks before a start has said that it may. */
  granted: boolean;
  /** The dataset is a bench, or a copy of the other host's. */
  role: 'bench' | 'copy';
  epoch: number;
  /** superseded.json */
  superseded: boolean;
  /** A promotion here, or a move from here, how far it is. */
  promoting: Promoting | null;
  moving: Moving | null;
}

export interface Promoting {
  phase: 'looked' | 'sure' | 'noted' | 'fenced' | 'claimed';
  /** Which row of etcd was seen; null where it did not answer. */
  seen: Row | null;
  /** That row was written to since. */
  stale: boolean;
  ofCopy: number;
  epoch: number;
  /** By a move of the other host. */
  yielded: boolean;
}

export type Moving = { phase: 'begun' | 'stopped' | 'noted' | 'left' | 'asked'; epoch: number };

export interface World {
  a: Host;
  b: Host;
  owner: Row;
  /** Whether the hosts see each other, and etcd. */
  ab: boolean;
  ae: boolean;
  be: boolean;
  /** What a move has asked the other host, which may come to it at any later time, or never. */
  asked: { to: Name; epoch: number } | null;
}

export interface Rules {
  rule: 'always' | 'answered';
  /** Epochs above this are not walked through. */
  most: number;
  /** A rule that is left out, to see that the walk would notice. */
  without?: 'compare' | 'touch' | 'yield' | 'confirm' | 'look';
}

export const START: World = {
  a: host('bench', true),
  b: host('copy', false),
  owner: { host: 'a', epoch: 1, yielded: null },
  ab: true,
  ae: true,
  be: true,
  asked: null,
};

function host(role: Host['role'], live: boolean): Host {
  return {
    ...{ up: true, live, granted: false, role, epoch: 1 },
    ...{ superseded: false, promoting: null, moving: null },
  };
}

export const other = (name: Name): Name => (name === 'a' ? 'b' : 'a');
export const seesEtcd = (world: World, name: Name) => (name === 'a' ? world.ae : world.be);
export const seesOther = (world: World, name: Name) => world.ab && world[other(name)].up;
export const row = (owner: Row): Owner => ({ version: 1, bench: 'shop', lineage: '0', at: '', ...owner });

/** A world with some of it changed. */
export function change(world: World, name: Name, of: Partial<Host>, owner?: Row): World {
  const changed = { ...world, [name]: { ...world[name], ...of } };
  if (owner === undefined) return changed;
  const stale = (each: Host): Host =>
    each.promoting === null ? each : { ...each, promoting: { ...each.promoting, stale: true } };
  return { ...changed, owner, a: stale(changed.a), b: stale(changed.b) };
}

export interface Step {
  what: string;
  world: World;
}

const rowId = ({ host, epoch, yielded }: Row) => `${host}${epoch}${yielded ?? '-'}`;

function hostId({ up, live, granted, role, epoch, superseded, promoting: p, moving: m }: Host): string {
  const flags = `${+up}${+live}${+granted}${+superseded}${role[0]}${epoch}`;
  const seen = p === null || p.seen === null ? '-' : rowId(p.seen);
  const promoting = p === null ? '' : `${p.phase[0]}${seen}${+p.stale}${p.ofCopy}${p.epoch}${+p.yielded}`;
  return `${flags},${promoting},${m === null ? '' : `${m.phase[0]}${m.epoch}`}`;
}

/** The same for two worlds that are the same. */
export function idOf({ a, b, owner, ab, ae, be, asked }: World): string {
  const message = asked === null ? '' : `${asked.to}${asked.epoch}`;
  return `${hostId(a)};${hostId(b)};${rowId(owner)};${+ab}${+ae}${+be};${message}`;
}
