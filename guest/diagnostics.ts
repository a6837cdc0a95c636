import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from './errors.js';
import { runtimeFiles } from './paths.js';

/** In the checkout, so that a person finds it and CI can keep it; git ignores `build/`. */
const failures = fileURLToPath(new URL('../build/guest-failures/', import.meta.url));

const reports = {
  'journal.txt': 'journalctl -b --no-pager -n 2000 -o short-precise',
  'state.txt':
    'for c in "date" "systemctl --failed --no-pager" "lsblk -o NAME,SIZE,RO,TYPE,FSTYPE,MOUNTPOINTS,SERIAL" ' +
    '"zpool status" "zfs list -t all" "findmnt -o TARGET,SOURCE,FSTYPE" "free -m" "ps -ef --forest"; do ' +
    'printf "\\n### %s\\n" "$c"; timeout 10 $c 2>&1; done',
};

/**
 * Saves what tells why something failed. `run` runs a script in the guest; it is left out when nothing runs.
 * Returns a text for the failure message. Never throws: a failure is already being told.
 */
export async function collectDiagnostics(
  label: string,
  runtime: string,
  run: ((script: string) => Promise<string>) | undefined,
): Promise<string> {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const dir = path.join(failures, `${label.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80)}-${stamp}`);
  try {
    mkdirSync(dir, { recursive: true });
    const saved: string[] = [];
    const files = runtimeFiles(runtime);
    for (const file of [files.serial, files.machineLog]) {
      if (!existsSync(file)) continue;
      copyFileSync(file, path.join(dir, path.basename(file)));
      saved.push(path.join(dir, path.basename(file)));
    }
    for (const [name, script] of Object.entries(reports)) {
      const text = run
        ? await run(script).catch((error) => `not to be had: ${messageOf(error)}`)
        : 'machine is off';
      writeFileSync(path.join(dir, name), text);
      saved.push(path.join(dir, name));
    }
    return `What the guest left is in\n${saved.map((file) => `  ${file}`).join('\n')}`;
  } catch (error) {
    return `What the guest left could not be saved in ${dir}: ${messageOf(error)}`;
  }
}

/** The last lines of the guest's console: after a panic, what tells why. */
export function consoleTail(runtime: string, lines = 40): string {
  try {
    const console = readFileSync(runtimeFiles(runtime).serial, 'utf8').trimEnd();
    return `The last lines of its console:\n${console.split('\n').slice(-lines).join('\n')}`;
  } catch {
    return 'It said nothing on its console.';
  }
}
