/** Proves that what is mounted is the dataset and not an empty directory below it. */
export const SENTINEL = '.bench-volume';
