/** One thing out of a snapshot: files, a database or tables of it, or a site with both. */
export { type ExtractPreview, type ExtractResult, extract, previewExtract } from './extraction.js';
export { type ExtractFlags, type ExtractRequest, parseRequest } from './request.js';
