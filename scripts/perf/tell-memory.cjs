// Required before the product: tells, at the end, the most memory that the process has had, in KiB (getrusage(2)).
const { writeSync } = require('node:fs');

process.on('exit', () => writeSync(2, `\nmemory ${process.resourceUsage().maxRSS}\n`));
