/** The snapshots that clones are made of where none was named. */
export const CLONE_TAG = 'bench-clone-';
