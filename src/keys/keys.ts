/** Keys of encrypted benches: where they come from, where they lie while they are loaded, and copies of them. */
export { isAge, type Opener, open, type Readers, requireRecipients } from './age.js';
export {
  decodeEscrow,
  type Escrow,
  type EscrowWish,
  encodeEscrow,
  escrowOf,
  exportKey,
  forgetExport,
  holds,
  notedEscrow,
  refuseExportPath,
} from './escrow.js';
export {
  fetchKey,
  keyNotLoaded,
  keyNotLoadedHere,
  keyNotOpened,
  keyWrong,
  loadAgain,
  loadPlacedKey,
  opensRoot,
  opensTrial,
  readKeyInForce,
  requireKeyAtHand,
} from './fetch.js';
export {
  fingerprint,
  hasKeyDirectory,
  newKey,
  placedKey,
  placeKey,
  readRawKey,
  removePlacedKey,
  requireKey,
} from './material.js';
export {
  KEY_BYTES,
  KEY_DIRECTORY,
  KEY_MOUNT_UNIT,
  loadedKeyFile,
  pendingKeyFile,
  storedKeyFile,
} from './place.js';
export { Secret } from './secret.js';
export {
  commitPendingKey,
  hasStoredKey,
  readStoredKey,
  refuseKeyPlace,
  type StoreOptions,
  writeStoredKey,
} from './store.js';
export { keyFiles, keyUnit } from './unit.js';
export { VOLUME_KEYS_UNIT, volumeKey, volumeKeyFiles } from './volume-unit.js';
