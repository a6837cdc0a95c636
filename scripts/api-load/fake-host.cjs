// Required before the product: says that the kernel has a pool `bench-pool`, which nothing but ZFS itself could say.
const files = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');

const POOLS = '/proc/spl/kstat/zfs';
const { readdir, readFile } = files;

files.readdir = async (path, ...more) =>
  path === POOLS ? [{ name: 'bench-pool', isDirectory: () => true }] : readdir(path, ...more);
files.readFile = async (path, ...more) =>
  path === `${POOLS}/bench-pool/state` ? 'ONLINE\n' : readFile(path, ...more);
syncBuiltinESMExports();
