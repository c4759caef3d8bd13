import { describe, expect, it } from '@jest/globals';
import { CloseEvent, ErrorEvent, Event, MessageEvent } from './websocket-events.js';
import { listenerOf, WebSocket } from './websocket.js';

/** The end of a server without a connection: its events are ours to emit. */
const target = (): WebSocket => new WebSocket(null);
const bytes = Buffer.from('bytes');
const ignore = (): void => {};

describe('addEventListener', () => {
  it('hands out events of WHATWG', () => {
    const ws = target();
    const events: Event[] = [];
    for (const type of ['open', 'message', 'close', 'error'] as const) {
      ws.addEventListener(type, (event) => events.push(event));
    }
    const error = new Error('broken');
    ws.emit('open');
    ws.emit('message', Buffer.from('text'), false);
    ws.emit('message', bytes, true);
    ws.emit('error', error);
    listenerOf(ws).onClose(4001, 'because', true);
    expect(events).toEqual([
      new Event('open', ws),
      new MessageEvent(ws, 'text'),
      new MessageEvent(ws, bytes),
      new ErrorEvent(ws, error),
      new CloseEvent(ws, 4001, 'because', true),
    ]);
    expect(events.map((event) => event.constructor.name)).toEqual([
      'Event',
      'MessageEvent',
      'MessageEvent',
      'ErrorEvent',
      'CloseEvent',
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'open',
      'message',
      'message',
      'error',
      'close',
    ]);
    expect(events.every((event) => event.target === ws)).toBe(true);
    expect((events[3] as ErrorEvent).message).toBe('broken');
  });

  it('hands out events that can be written as JSON', () => {
    const ws = target();
    const written: string[] = [];
    for (const type of ['open', 'message', 'close', 'error'] as const) {
      ws.addEventListener(type, (event) => written.push(JSON.stringify(event)));
    }
    ws.emit('open');
    ws.emit('message', Buffer.from('text'), false);
    ws.emit('error', new Error('broken'));
    listenerOf(ws).onClose(4001, 'because', true);
    expect(written.map((json) => JSON.parse(json) as unknown)).toEqual([
      { type: 'open' },
      { type: 'message', data: 'text' },
      { type: 'error', message: 'broken', error: {} },
      { type: 'close', code: 4001, reason: 'because', wasClean: true },
    ]);
  });

  it('says whether a close was clean', () => {
    const ws = target();
    let event: CloseEvent | undefined;
    ws.addEventListener('close', (one) => {
      event = one;
    });
    listenerOf(ws).onClose(1006, '', false);
    expect(event).toMatchObject({ wasClean: false, code: 1006, reason: '' });
  });

  it('calls a function with the WebSocket as this, an object as its own', () => {
    const ws = target();
    const seen: unknown[] = [];
    ws.addEventListener('open', function (this: unknown) {
      seen.push(this);
    });
    const object = {
      handleEvent(): void {
        seen.push(this);
      },
    };
    ws.addEventListener('open', object);
    ws.emit('open');
    expect(seen).toEqual([ws, object]);
    expect(seen[1]).toBe(object);
  });

  it('adds a listener once, whatever its options', () => {
    const ws = target();
    let calls = 0;
    const listener = (): void => void calls++;
    ws.addEventListener('open', listener);
    ws.addEventListener('open', listener);
    ws.addEventListener('open', listener, { once: true });
    ws.emit('open');
    expect(calls).toBe(1);
    expect(ws.listenerCount('open')).toBe(1);
  });

  it('takes a listener away after one event, if told so', () => {
    const ws = target();
    let calls = 0;
    ws.addEventListener('open', () => void calls++, { once: true });
    ws.emit('open');
    ws.emit('open');
    expect(calls).toBe(1);
  });

  it('ignores types there are none of', () => {
    const ws = target();
    ws.addEventListener('ping' as 'open', () => {});
    ws.addEventListener('toString' as 'open', () => {});
    expect(ws.eventNames()).toEqual([]);
  });

  it('shares the order with the listeners of the emitter', () => {
    const ws = target();
    const order: string[] = [];
    ws.on('open', () => order.push('on'));
    ws.addEventListener('open', () => order.push('added'));
    ws.onopen = () => order.push('property');
    ws.once('open', () => order.push('once'));
    ws.emit('open');
    expect(order).toEqual(['on', 'added', 'property', 'once']);
  });
});

describe('removeEventListener', () => {
  it('takes away what addEventListener added, and nothing else', () => {
    const ws = target();
    const calls: string[] = [];
    const listener = (): void => void calls.push('added');
    const once = { handleEvent: () => void calls.push('once') };
    ws.addEventListener('open', listener);
    ws.addEventListener('open', once, { once: true });
    ws.onopen = listener;
    ws.on('open', listener);
    ws.removeEventListener('open', listener);
    ws.removeEventListener('open', once);
    ws.removeEventListener('open', ignore);
    ws.removeEventListener('close', listener);
    ws.emit('open');
    // The property and the emitter's own.
    expect(calls).toEqual(['added', 'added']);
  });
});

describe('the on* properties', () => {
  const names = ['onopen', 'onmessage', 'onclose', 'onerror'] as const;

  it.each(names)('%s is null, and what it was set to', (name) => {
    const ws = target();
    expect(ws[name]).toBeNull();
    ws[name] = ignore;
    expect(ws[name]).toBe(ignore);
    ws[name] = null;
    expect(ws[name]).toBeNull();
    expect(ws.eventNames()).toEqual([]);
  });

  it('hold one handler each, next to the listeners', () => {
    const ws = target();
    const calls: string[] = [];
    ws.addEventListener('message', () => calls.push('listener'));
    ws.onmessage = () => calls.push('first');
    ws.onmessage = ({ data }) => calls.push(data as string);
    ws.emit('message', Buffer.from('second'), false);
    expect(calls).toEqual(['listener', 'second']);
  });

  it('take nothing but functions', () => {
    const ws = target();
    ws.onopen = () => {};
    ws.onopen = 'no function' as never;
    expect(ws.onopen).toBeNull();
    ws.onopen = { handleEvent() {} } as never;
    expect(ws.onopen).toBeNull();
  });

  it('may hold a function that is a listener too', () => {
    const ws = target();
    let calls = 0;
    const handler = (): void => void calls++;
    ws.onopen = handler;
    ws.addEventListener('open', handler);
    ws.emit('open');
    expect(calls).toBe(2);
    ws.removeEventListener('open', handler);
    expect(ws.onopen).toBe(handler);
  });
});
