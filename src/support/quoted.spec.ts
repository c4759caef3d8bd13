import { expect, it } from '@jest/globals';
import { quoted } from './quoted.js';

it.each([
  ['say', '"say"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['line\r\nof another', '"line\\r\\nof another"'],
  ['\u001b[31mred\u0000', '"\\u001b[31mred\\u0000"'],
  ['\u007f\u009b1m', '"\\u007f\\u009b1m"'],
  ['\u2028\u2029\u202etxt.exe\u2066', '"\\u2028\\u2029\\u202etxt.exe\\u2066"'],
  ['\ud800', '"\\ud800"'],
  ['größe 🙂', '"größe 🙂"'],
])('writes %j as one line that shows all of it', (text, written) => {
  expect(quoted(text)).toBe(written);
});
