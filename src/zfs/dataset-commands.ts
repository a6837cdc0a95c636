import type { Command } from '../host/exec.js';

/** Where much has to be freed or written. */
export const LONG_MS = 30 * 60_000;

export function createDataset(dataset: string, properties: Readonly<Record<string, string>>): Command {
  // -u: mounted by a step of its own.
  return { argv: ['zfs', 'create', '-u', ...propertyArguments(properties), dataset], privileged: true };
}

export function setProperties(dataset: string, properties: Readonly<Record<string, string>>): Command {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  return { argv: ['zfs', 'set', ...pairs, dataset], privileged: true };
}

export function inheritProperty(dataset: string, property: string): Command {
  return { argv: ['zfs', 'inherit', property, dataset], privileged: true };
}

export function mountDataset(dataset: string): Command {
  return { argv: ['zfs', 'mount', dataset], privileged: true };
}

export function unmountDataset(dataset: string): Command {
  return { argv: ['zfs', 'unmount', dataset], privileged: true };
}

/** A dataset with its snapshots; fails where one has a clone or a hold. */
export function destroyDataset(dataset: string): Command {
  return { argv: ['zfs', 'destroy', '-r', dataset], privileged: true, timeoutMs: LONG_MS };
}

export function renameDataset(from: string, to: string): Command {
  return { argv: ['zfs', 'rename', from, to], privileged: true, timeoutMs: LONG_MS };
}

/** A dataset without snapshots: with one, which somebody else has made, it fails. */
export function destroyBareDataset(dataset: string): Command {
  return { argv: ['zfs', 'destroy', dataset], privileged: true, timeoutMs: LONG_MS };
}

/** A clone has the properties of its parent, not of its origin; these are given to it. */
export function cloneSnapshot(
  snapshot: string,
  dataset: string,
  properties: Readonly<Record<string, string>>,
): Command {
  const argv = ['zfs', 'clone', ...propertyArguments(properties), snapshot, dataset] as const;
  return { argv: [...argv], privileged: true, timeoutMs: LONG_MS };
}

/** Gives a clone the snapshots that it and its origin share (zfs-promote(8)). */
export function promoteDataset(dataset: string): Command {
  return { argv: ['zfs', 'promote', dataset], privileged: true, timeoutMs: LONG_MS };
}

/** `-o property=value` for each. */
export function propertyArguments(properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}
