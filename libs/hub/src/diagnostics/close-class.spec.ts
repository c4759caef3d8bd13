import { expect, it } from '@jest/globals';
import { closeClass } from './close-class.js';

it.each([
  [1000, 'normal'],
  [1005, 'normal'],
  [1001, 'going_away'],
  [1006, 'lost'],
  [1002, 'protocol_error'],
  [1009, 'protocol_error'],
  [1008, 'policy'],
  [1011, 'internal_error'],
  [1013, 'unavailable'],
  [3000, 'application'],
  [4999, 'application'],
  [1015, 'other'],
  [2999, 'other'],
  [5000, 'other'],
])('the code %i is of the kind %s', (code, kind) => {
  expect(closeClass(code)).toBe(kind);
});
