// A name that no option has: refused wherever options are written, with the one that was meant.
import { describe, expect, it } from '@jest/globals';
import { NEEDED, OPTION_SETS } from './option-sets.js';

/** The first two characters that differ, the wrong way round. */
const misspelt = (name: string): string => name.replace(/(.)(?!\1)(.)/, '$2$1');

describe.each(Object.entries(OPTION_SETS))('a wrong name among those of %s', (set, options) => {
  const { table, at, error } = options;
  const refusal = (given: object): string => {
    try {
      options.read({ ...NEEDED[set], ...given });
    } catch (caught) {
      expect(caught).toBeInstanceOf(error);
      return (caught as Error).message;
    }
    return 'nothing was refused';
  };

  it('is answered with all there are', () => {
    expect(refusal({ heartbeat: true })).toMatch(/, current value is heartbeat$/);
    const names = /expected one of (.*), current value is/.exec(refusal({ heartbeat: true }))?.[1];
    expect(names?.split(', ')).toEqual(expect.arrayContaining([...table.names]));
  });

  it('and with the one that was meant', () => {
    for (const name of table.names) {
      const wrong = misspelt(name);
      expect(refusal({ [wrong]: undefined })).toMatch(
        new RegExp(`current value is ${wrong}; did you mean ${name}\\?$`),
      );
    }
  });

  const nested = Object.entries(table.options).flatMap(([outer, { names = [] }]) =>
    names.map((inner) => [outer, inner] as const),
  );
  it('inside of others, too', () => {
    for (const [outer, inner] of nested) {
      const wrong = misspelt(inner);
      const message = refusal({ [outer]: { [wrong]: 1 } });
      expect(message.startsWith(`${at(outer)}expected one of `)).toBe(true);
      expect(message).toMatch(new RegExp(`current value is ${wrong}; did you mean ${inner}\\?$`));
    }
  });
});

describe('a wrong name', () => {
  const { read } = OPTION_SETS['WsModule.forRoot'] ?? { read: () => {} };

  it.each<[object, string]>([
    [{ qeueSize: 1 }, 'current value is qeueSize; did you mean queueSize?'],
    [{ maxPayload: 1 }, 'current value is maxPayload; did you mean limits.maxPayload?'],
    [{ perIp: 1 }, 'current value is perIp; did you mean connections.perIp?'],
    [{ limits: { maxPayLoad: 1 } }, 'current value is maxPayLoad; did you mean maxPayload?'],
    [{ history: { maxMesages: 1 } }, 'current value is maxMesages; did you mean maxMessages?'],
    [
      { rate: { ip: { message: 1 } } },
      'option rate.ip: expected one of messages, bytes, per, burst, current value is message; did you mean messages?',
    ],
    [
      { shutdown: { reconnect: { afer: 1 } } },
      'WsModule option shutdown.reconnect: expected one of after, within, current value is afer; did you mean after?',
    ],
    [{ compression: { treshold: 1 } }, 'current value is treshold; did you mean threshold?'],
  ])('in %j is answered with %s', (options, message) => {
    expect(() => read(options)).toThrow(message);
  });
});
