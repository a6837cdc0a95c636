import type { Fleet } from '../ownership/ownership.js';
import { searchedText, type VolumeJson } from '../volumes/volumes.js';
import { parseInventory, volumesWith } from './pack.js';
import { readHosts, readInventories } from './read.js';

/** A volume of one host, as that has told of it. */
export interface FleetVolume extends VolumeJson {
  host: string;
  /** Whether the host is there. */
  present: boolean;
  seenAt: string;
}

export interface FleetVolumeFilter {
  limit?: string | undefined;
  status?: string | undefined;
  kind?: string | undefined;
  bench?: string | undefined;
  /** In name, id, description, labels, and who has it. */
  search?: string | undefined;
}

/** The volumes of all hosts: those of hosts that are not there, too. */
export async function readVolumes(fleet: Fleet, filter: FleetVolumeFilter): Promise<FleetVolume[]> {
  const hosts = new Map((await readHosts(fleet, filter.limit)).map((host) => [host.name, host]));
  const found: FleetVolume[] = [];
  for await (const { host: name, text } of readInventories(fleet, new Set(hosts.keys()))) {
    const host = hosts.get(name);
    if (host === undefined) continue;
    for (const volume of candidates(name, text, filter))
      if (isWanted(volume, filter))
        found.push({ ...volume, host: name, present: host.present, seenAt: host.seenAt });
  }
  return found;
}

/** Those that are worth a look: the words that are searched for are in them, wherever. */
function candidates(host: string, text: string, { search = '' }: FleetVolumeFilter): Iterable<VolumeJson> {
  // A label is searched for as KEY=VALUE, and written as two words.
  const words = /^[\w. =/-]+$/.test(search) ? search.split('=').filter((word) => word !== '') : [];
  return words.length === 0 ? parseInventory(host, text).volumes : volumesWith(host, text, words);
}

function isWanted(volume: VolumeJson, { status, kind, bench, search }: FleetVolumeFilter): boolean {
  if (status !== undefined && volume.status !== status) return false;
  if (kind !== undefined && volume.kind !== kind) return false;
  if (bench !== undefined && !volume.attachments.some((each) => 'bench' in each && each.bench === bench))
    return false;
  return search === undefined || searchedText(volume).includes(search.toLowerCase());
}
