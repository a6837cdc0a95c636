import { devicePath, type MachineAttachment, type Volume } from '../registry/registry.js';

/** Whose words can be printed for a volume that is attached to a machine. */
export const TOOLS = ['qemu', 'cloud-hypervisor', 'firecracker', 'libvirt'] as const;

export type Tool = (typeof TOOLS)[number];

type Attached = Pick<Volume, 'dataset' | 'id'>;
type Drive = Pick<MachineAttachment, 'drive' | 'mode'>;

/**
 * What a tool is told to give a machine this volume, in its own words; bench itself starts no machine. The host's page
 * cache is left out: what the machine was told is written, is. Pure.
 */
export function wordsFor(tool: Tool, volume: Attached, attachment: Drive): string {
  return WORDS[tool](volume, attachment);
}

const WORDS: Readonly<Record<Tool, (volume: Attached, attachment: Drive) => string>> = {
  // qemu(1), -blockdev. Drives are lettered in the order of the command line; the serial number tells them apart.
  qemu: ({ dataset, id }, { mode }) =>
    [
      `-blockdev driver=host_device,node-name=bench-${id},filename=${devicePath(dataset)},cache.direct=on,aio=native,discard=unmap,read-only=${onOff(mode)}`,
      `-device virtio-blk-pci,drive=bench-${id},serial=${id}`,
    ].join('\n'),
  // --disk; DiskConfig of its API. The format is told (from v50.1 on): guessed, a machine could turn its disk into an
  // image of another one by what it writes at its beginning.
  'cloud-hypervisor': ({ dataset, id }, { mode }) =>
    `--disk path=${devicePath(dataset)},readonly=${onOff(mode)},direct=on,image_type=raw,id=bench-${id},serial=${id}`,
  // PUT /drives/{drive_id} of its API; the same object in "drives" of a configuration file.
  firecracker: ({ dataset }, { drive, mode }) =>
    JSON.stringify(
      {
        drive_id: drive,
        path_on_host: devicePath(dataset),
        is_root_device: false,
        is_read_only: mode === 'ro',
        cache_type: 'Writeback',
      },
      null,
      2,
    ),
  // https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms
  libvirt: ({ dataset, id }, { drive, mode }) =>
    [
      "<disk type='block' device='disk'>",
      "  <driver name='qemu' type='raw' cache='none' io='native' discard='unmap'/>",
      `  <source dev='${devicePath(dataset)}'/>`,
      `  <target dev='${drive}' bus='${busOf(drive)}'/>`,
      // Several machines may have it open at once.
      ...(mode === 'ro' ? ['  <readonly/>', '  <shareable/>'] : []),
      `  <serial>${id}</serial>`,
      '</disk>',
    ].join('\n'),
};

function onOff(mode: Drive['mode']): string {
  return mode === 'ro' ? 'on' : 'off';
}

/** By the name of the drive, as Linux in the machine would give it. */
function busOf(drive: string): string {
  return drive.startsWith('vd') ? 'virtio' : drive.startsWith('hd') ? 'ide' : 'scsi';
}
