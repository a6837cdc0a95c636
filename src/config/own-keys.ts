/** Keys of our own by table (dotted), as they are suggested. */
export const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  bench: ['name'],
  mariadb: ['instance', 'port', 'data_dir', 'socket_path'],
  volume: ['pool', 'backing', 'device', 'name', 'encryption', 'key', 'image', 'dataset'],
  'volume.image': ['size', 'path'],
  'volume.dataset': ['reservation', 'quota', 'direct_io'],
  snapshot: ['lock', 'lock_timeout'],
  schedule: ['snapshot', 'keep', 'keep_days', 'prune'],
  'schedule.keep': ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'],
  offsite: [
    'url',
    'endpoint',
    'region',
    'credentials',
    'recipients',
    'schedule',
    'keep',
    'full_every',
    'lock_days',
  ],
  'offsite.keep': ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'],
  verify: ['sql', 'max_age', 'schedule'],
  replicate: ['to', 'target', 'schedule', 'bandwidth'],
  maintenance: ['units'],
  clone: ['sql', 'run'],
};

/** Keys of the tables in a list. A list has no value on a command line, so `bench config get` does not know it. */
export const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  'verify.sql': ['query', 'expect'],
  volumes: ['name', 'path', 'mode', 'size', 'overlay_size'],
};
