import { describe, expect, it } from '@jest/globals';
import { readEnvelope } from './read-envelope.js';
import { readTraceContext } from '../support/trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('the trace a client names', () => {
  it('is read with its state', () => {
    expect(readTraceContext(PARENT, 'rojo=00f067aa0ba902b7')).toEqual({
      traceparent: PARENT,
      tracestate: 'rojo=00f067aa0ba902b7',
    });
    expect(
      readTraceContext(`cc-${TRACE}-00f067aa0ba902b7-01-what-the-future-will-be-like`),
    ).toEqual({
      traceparent: `cc-${TRACE}-00f067aa0ba902b7-01-what-the-future-will-be-like`,
    });
  });

  it.each([
    ['is no text', 7],
    ['is too short', PARENT.slice(0, -1)],
    ['is of version 0 and too long', `${PARENT}-more`],
    ['is far too long', `cc${PARENT.slice(2)}-${'x'.repeat(200)}`],
    ['is of the forbidden version', `ff${PARENT.slice(2)}`],
    ['has capitals', PARENT.toUpperCase()],
    ['has a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['has a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['has a line break', `cc${PARENT.slice(2)}-a\nb`],
  ])('is left out when it %s', (_what, traceparent) => {
    expect(readTraceContext(traceparent)).toBeUndefined();
  });

  it.each([
    ['no text', 7],
    ['empty', ''],
    ['too long', 'x'.repeat(513)],
    ['not printable', 'a\nb'],
  ])('goes without a state that is %s', (_what, state) => {
    expect(readTraceContext(PARENT, state)).toEqual({ traceparent: PARENT });
  });

  it('is part of an envelope, whose other fields it does not touch', () => {
    expect(readEnvelope({ event: 'say', data: 1, id: 2, traceparent: PARENT })).toEqual({
      event: 'say',
      data: 1,
      id: 2,
      trace: { traceparent: PARENT },
    });
    expect(
      readEnvelope({ event: 'say', data: 1, traceparent: 'nonsense', tracestate: 'x' }),
    ).toEqual({
      event: 'say',
      data: 1,
    });
  });
});
