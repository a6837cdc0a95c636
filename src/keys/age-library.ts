/** Loaded where something is encrypted or opened, and not before. */
export { armor, Decrypter, Encrypter } from 'age-encryption';
