import { humanSize } from '../config/size.js';
import type { Command } from '../host/exec.js';

export type ImageFormat = 'raw' | 'qcow2';

/** The opened file, as a process sees it that inherits it as its first descriptor: nobody can put another in its place. */
export const OPENED_FILE = '/proc/self/fd/3';

/** Hours: an image may be large. */
export const COPY_MS = 24 * 3_600_000;

/**
 * What is in an image goes to a device that reads as zeros (qemu-img(1), `convert`). The format is told and not guessed,
 * the host's page cache is left out, and at the end the device has everything on the disk.
 */
export function convertToDevice(format: ImageFormat, device: string): Command[] {
  const flags = ['-p', '-n', '--target-is-zero', '-t', 'none', '-f', format, '-O', 'raw'] as const;
  return [
    {
      argv: ['qemu-img', 'convert', ...flags, OPENED_FILE, device],
      privileged: true,
      timeoutMs: COPY_MS,
    },
    { argv: ['sync', device], privileged: true, timeoutMs: COPY_MS },
  ];
}

/** The other way, into a file that was made for it. */
export function convertFromDevice(device: string, format: ImageFormat): Command[] {
  const argv = ['qemu-img', 'convert', '-p', '-f', 'raw', '-O', format, device, OPENED_FILE] as const;
  return [{ argv: [...argv], privileged: true, timeoutMs: COPY_MS }];
}

/** `qemu-img convert -p`: `    (12.34/100%)`, rewritten by a carriage return. */
export function qemuProgress(sizeBytes?: number) {
  return (line: string) => {
    const match = /^\s*\((\d+)\.\d+\/100%\)/.exec(line);
    if (match === null) return undefined;
    const percent = Number(match[1]);
    const detail = sizeBytes === undefined ? 'copied' : `${humanSize((sizeBytes * percent) / 100)} copied`;
    return { percent, detail };
  };
}
