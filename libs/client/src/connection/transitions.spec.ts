import { describe, expect, it } from '@jest/globals';
import { nextState, type StateEvent, type StateName } from './transitions.js';

const events: StateEvent[] = [
  'connect',
  'again',
  'opened',
  'lost',
  'refused',
  'denied',
  'ended',
  'close',
];

/** What each event leads to, in the order above; '–' where it changes nothing. */
const table: Record<StateName, string> = {
  connecting: '– connecting open waiting refused signed-out closed closed',
  open: '– connecting – waiting refused signed-out closed closed',
  waiting: 'connecting connecting – – – – – closed',
  refused: 'connecting connecting – – – – – closed',
  'signed-out': 'connecting connecting – – – – – closed',
  closed: 'connecting connecting – – – – – –',
};

const cases = (Object.entries(table) as [StateName, string][]).flatMap(([state, row]) =>
  row.split(' ').map((next, at) => [state, events[at] ?? 'close', next] as const),
);

describe('the table of states', () => {
  it.each(cases)('%s, %s: %s', (state, event, next) => {
    expect(nextState(state, event) ?? '–').toBe(next);
  });

  it('has a case for every state and event', () => {
    expect(cases).toHaveLength(6 * events.length);
  });
});
