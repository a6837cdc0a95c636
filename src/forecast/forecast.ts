/** How fast a bench grows, and when something is full if it goes on so. */
export { type ForecastBench, withForecasts } from './list.js';
export { type Forecast, type Limits, predict, usableBytes } from './predict.js';
export { addSample, readForecast, readSamples, writeForecast } from './samples.js';
export { forecastOf, limitsOf, refreshForecast, type Sight } from './sight.js';
