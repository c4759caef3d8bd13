import type { Delivery } from './cluster-model.js';

/** Seeds that have found something. */
export const KEPT_SEEDS: readonly (readonly [seed: number, delivery: Delivery])[] = [
  [1, 'at-most-once'],
  [13, 'at-most-once'],
  [25, 'at-most-once'],
  [51, 'at-most-once'],
  [126, 'at-most-once'],
  [218, 'at-most-once'],
  [2, 'at-least-once'],
  [12, 'at-least-once'],
  [17, 'at-least-once'],
  [27, 'at-least-once'],
  [80, 'at-least-once'],
  [166, 'at-least-once'],
  [208, 'at-least-once'],
  [311, 'at-least-once'],
];
