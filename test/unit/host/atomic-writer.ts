import { writeFileAtomic } from '../../../src/host/atomic-file.js';

/** `atomic-writer.ts PATH`: replaces the file for ever, by one of two contents of very different size. */
const path = process.argv[2] ?? '';
process.stdout.write('writing\n');
for (;;) {
  await writeFileAtomic(path, 'a'.repeat(2_000_000));
  await writeFileAtomic(path, 'b'.repeat(10));
}
