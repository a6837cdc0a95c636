/** Figures of all benches of a host, for Prometheus. */
export { type MetricsResult, readMetrics, writeMetrics } from './textfile.js';
