import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { imageFiles } from '../paths.js';
import type { Progress } from '../progress.js';
import { toolCommand } from '../tools.js';
import { type Accelerator, qemuRecipe } from './recipe.js';

/**
 * KVM where it really works, else software emulation. A device file proves nothing (nested KVM may start and
 * then fail on the first instruction it cannot emulate), so the guest's own kernel is started with it, up to
 * the shell of its initrd. The answer holds until the host boots again.
 */
export async function chooseAccelerator(image: string, progress: Progress): Promise<Accelerator> {
  const forced = process.env.BENCH_GUEST_ACCELERATOR;
  if (forced === 'kvm' || forced === 'tcg') return forced;
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const verdictFile = path.join(imageFiles(image).states, 'accelerator.json');
  const known = readVerdict(verdictFile);
  if (known?.bootId === bootId) return known.accelerator;
  const accelerator = (await kvmWorks(image, progress)) ? 'kvm' : 'tcg';
  await mkdir(path.dirname(verdictFile), { recursive: true });
  await writeFile(verdictFile, JSON.stringify({ bootId, accelerator }));
  progress(accelerator === 'kvm' ? 'KVM works here' : 'KVM does not work here: software emulation (slower)');
  return accelerator;
}

function readVerdict(file: string): { bootId: string; accelerator: Accelerator } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function kvmWorks(image: string, progress: Progress): Promise<boolean> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  progress('trying KVM');
  const files = imageFiles(image);
  const { argv, env } = toolCommand(files.tools, 'qemu-system-x86_64');
  const [loader = '', ...before] = argv;
  const args = [
    ...['-L', path.join(files.tools, 'usr/share/qemu'), '-L', path.join(files.tools, 'usr/share/seabios')],
    ...[...qemuRecipe.machine.common, ...qemuRecipe.machine.kvm, '-m', '1024'],
    ...['-kernel', files.kernel, '-initrd', files.initrd, '-append', 'console=ttyS0 break=top panic=-1'],
    ...['-serial', 'stdio'],
  ];
  // Its input must stay open: the shell of the initrd would end at once, and with it the machine.
  const machine = execa('setpriv', ['--pdeathsig', 'KILL', loader, ...before, ...args], {
    env,
    extendEnv: false,
    stdin: 'pipe',
    all: true,
    reject: false,
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  let works = false;
  let seen = '';
  for await (const chunk of machine.all) {
    seen += String(chunk);
    works = seen.includes('(initramfs)');
    if (works || /internal error|emulation failure/i.test(seen)) break;
  }
  machine.kill('SIGKILL');
  await machine;
  return works;
}
