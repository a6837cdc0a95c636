/** One way to lay out a pool's dataset and a server on it. */
export interface Variant {
  name: string;
  /** Of the dataset; what is not named is ZFS's default. */
  properties: Readonly<Record<string, string>>;
  /** Lines of the instance's section; what is not named is MariaDB's default. */
  options: readonly string[];
  /** The record size in force when the redo log's file is made: a file keeps it. */
  redoRecordsize?: string;
  /** Parameters of the zfs module, which hold for the whole host. */
  module?: Readonly<Record<string, string>>;
}

/** What bench had set before this was studied. */
const BENCH: Variant = {
  name: 'bench until now',
  properties: {
    recordsize: '16K',
    compression: 'lz4',
    atime: 'off',
    xattr: 'sa',
    acltype: 'posix',
    direct: 'disabled',
  },
  options: ['innodb_doublewrite = 0', 'innodb_flush_neighbors = 0', 'innodb_use_native_aio = 0'],
};

export const DEFAULTS: Variant = { name: 'defaults', properties: {}, options: [] };

const DOUBLEWRITE = 'innodb_doublewrite = 1';
const WHOLE_RECORDS = { zfs_immediate_write_sz: '16384' };
const ZSTD = { compression: 'zstd' };
const ALWAYS = { direct: 'always' };

function also(
  name: string,
  { properties = {}, options = [], ...rest }: Partial<Omit<Variant, 'name'>>,
): Variant {
  return {
    ...BENCH,
    ...rest,
    name,
    properties: { ...BENCH.properties, ...properties },
    options: [...BENCH.options, ...options],
  };
}

/** Each differs from what bench had set in what its name says, and in nothing else. */
export const VARIANTS: readonly Variant[] = [
  DEFAULTS,
  BENCH,
  also('innodb_doublewrite=1', { options: [DOUBLEWRITE] }),
  also('compression=zstd', { properties: ZSTD }),
  also('direct=always', { properties: ALWAYS }),
  also('zfs_immediate_write_sz=16384', { module: WHOLE_RECORDS }),
  also('logbias=throughput', { properties: { logbias: 'throughput' } }),
  also('redo log of 4K records', { redoRecordsize: '4K' }),
  also('redo log of 128K records', { redoRecordsize: '128K' }),
  also('zstd, innodb_doublewrite=1', { properties: ZSTD, options: [DOUBLEWRITE] }),
  also('zstd, direct=always', { properties: { ...ZSTD, ...ALWAYS } }),
  also('zstd, direct=always, innodb_doublewrite=1', {
    properties: { ...ZSTD, ...ALWAYS },
    options: [DOUBLEWRITE],
  }),
  also('zstd, zfs_immediate_write_sz=16384, innodb_doublewrite=1', {
    properties: ZSTD,
    module: WHOLE_RECORDS,
    options: [DOUBLEWRITE],
  }),
  also('innodb_log_file_size=512M', { options: ['innodb_log_file_size = 512M'] }),
  also('innodb_log_write_ahead_size=4096', { options: ['innodb_log_write_ahead_size = 4096'] }),
  also('innodb_log_file_buffering=OFF', { options: ['innodb_log_file_buffering = OFF'] }),
  also('innodb_flush_method=fsync', { options: ['innodb_flush_method = fsync'] }),
  also('innodb_max_dirty_pages_pct_lwm=10', { options: ['innodb_max_dirty_pages_pct_lwm = 10'] }),
  also('recordsize=32K', { properties: { recordsize: '32K' } }),
  also('recordsize=64K', { properties: { recordsize: '64K' } }),
  also('direct=standard', { properties: { direct: 'standard' } }),
  also('compression=zstd-1', { properties: { compression: 'zstd-1' } }),
  also('logbias=throughput, redo log of 4K records', {
    properties: { logbias: 'throughput' },
    redoRecordsize: '4K',
  }),
  also('zstd, zfs_immediate_write_sz=16384', { properties: ZSTD, module: WHOLE_RECORDS }),
];
