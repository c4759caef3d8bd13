import { afterEach, describe, expect, it } from '@jest/globals';
import { scripted } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';

const page = globalThis as Record<string, unknown>;
const sockets = ScriptedSocket;

/** A page: what it is told is told to those who listen. */
function open(): (event: string) => void {
  const target = new EventTarget();
  page['addEventListener'] = target.addEventListener.bind(target);
  page['removeEventListener'] = target.removeEventListener.bind(target);
  page['document'] = Object.assign(target, { visibilityState: 'visible', baseURI: 'http://page/' });
  return (event) => void target.dispatchEvent(new Event(event));
}

afterEach(() => {
  for (const name of ['addEventListener', 'removeEventListener', 'document']) delete page[name];
});

describe('a page that is seen again, or has its network back', () => {
  it.each(['online', 'pageshow', 'visibilitychange'])('connects at once on %s', (event) => {
    const tell = open();
    const { client } = scripted();
    sockets.last.end();
    tell(event);
    expect(client.state.name).toBe('connecting');
    client.close();
    tell(event);
    expect(client.state.name).toBe('closed');
  });

  it('asks an open connection whether it is one, within five seconds', () => {
    const tell = open();
    const { client, clock } = scripted();
    const socket = sockets.last.open();
    tell('online');
    expect(socket.sent).toHaveLength(2);
    clock.pass(5_000);
    expect(client.state.name).toBe('waiting');
  });

  it('waits all the same as long as the server wishes', () => {
    const tell = open();
    const { client, clock } = scripted();
    sockets.last.refuse(429, 'TOO_MANY', { details: { retryAfter: 5_000 } });
    tell('online');
    expect(client.state.name).toBe('waiting');
    clock.pass(5_000);
    tell('online');
    expect(client.state.name).toBe('connecting');
  });
});
