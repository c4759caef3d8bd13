import { EventEmitter } from 'node:events';
import {
  CloseEvent,
  ErrorEvent,
  Event,
  MessageEvent,
  type RawData,
  type WebSocketEventMap,
  type WebSocketEvents,
  type WebSocketTarget,
} from './websocket-events.js';

type EventType = keyof WebSocketEventMap;

// A method's parameter is compared both ways: a listener may expect a target of its own class.
interface Handling<E> {
  handleEvent(event: E): void;
}

/** A function that takes an event. */
export type EventFunction<E> = Handling<E>['handleEvent'];

/** What `addEventListener` takes: a function, or an object with the method. */
export type EventHandler<E> = EventFunction<E> | Handling<E>;

/** The third argument of `addEventListener`. */
export interface EventListenerOptions {
  /** Take the listener away when it was called; default false. */
  once?: boolean | undefined;
}

const TYPES: ReadonlySet<string> = new Set(['open', 'message', 'close', 'error']);
const kHandler = Symbol('handler');
const kAttribute = Symbol('attribute');
export const kClosedCleanly = Symbol('closedCleanly');

type AnyHandler = EventHandler<never>;

/** A listener of the emitter that stands for one of the interface of WHATWG. */
interface Wrapper {
  (first: unknown, second: unknown): void;
  [kHandler]?: AnyHandler;
  /** Whether it was set as an `on*` property, of which there is one for each type. */
  [kAttribute]?: boolean;
}

/**
 * The interface of WHATWG's `EventTarget` and the `on*` properties upon an EventEmitter. Both kinds of
 * listeners are called in the order they were added, and nothing is kept until the first is.
 */
export abstract class EventTargetEmitter extends EventEmitter<WebSocketEvents> {
  /** @internal Whether the connection was closed by both ends, for the `CloseEvent`. */
  abstract readonly [kClosedCleanly]: boolean;

  get onopen(): EventFunction<Event> | null {
    return attribute(this, 'open');
  }

  set onopen(handler: EventFunction<Event> | null) {
    setAttribute(this, 'open', handler);
  }

  get onmessage(): EventFunction<MessageEvent> | null {
    return attribute(this, 'message');
  }

  set onmessage(handler: EventFunction<MessageEvent> | null) {
    setAttribute(this, 'message', handler);
  }

  get onclose(): EventFunction<CloseEvent> | null {
    return attribute(this, 'close');
  }

  set onclose(handler: EventFunction<CloseEvent> | null) {
    setAttribute(this, 'close', handler);
  }

  get onerror(): EventFunction<ErrorEvent> | null {
    return attribute(this, 'error');
  }

  set onerror(handler: EventFunction<ErrorEvent> | null) {
    setAttribute(this, 'error', handler);
  }

  /**
   * Adds a listener of `open`, `message`, `close` or `error`; another type is ignored, and so is a
   * listener that is there already.
   */
  addEventListener<K extends EventType>(
    type: K,
    handler: EventHandler<WebSocketEventMap[K]>,
    options: EventListenerOptions = {},
  ): void {
    const known = wrappers(this, type).some(
      (wrapper) => wrapper[kHandler] === handler && !wrapper[kAttribute],
    );
    if (!known) add(this, type, handler, false, options.once === true);
  }

  /** Takes away what `addEventListener` added. */
  removeEventListener<K extends EventType>(
    type: K,
    handler: EventHandler<WebSocketEventMap[K]>,
  ): void {
    const wrapper = wrappers(this, type).find(
      (one) => one[kHandler] === handler && !one[kAttribute],
    );
    if (wrapper) plain(this).removeListener(type, wrapper);
  }
}

// Functions and no methods: a class that extends this one may have methods of these names.

function attribute<K extends EventType>(
  emitter: EventTargetEmitter,
  type: K,
): EventFunction<WebSocketEventMap[K]> | null {
  const wrapper = wrappers(emitter, type).find((one) => one[kAttribute]);
  return (wrapper?.[kHandler] as EventFunction<WebSocketEventMap[K]> | undefined) ?? null;
}

function setAttribute<K extends EventType>(
  emitter: EventTargetEmitter,
  type: K,
  handler: EventFunction<WebSocketEventMap[K]> | null,
): void {
  const wrapper = wrappers(emitter, type).find((one) => one[kAttribute]);
  if (wrapper) plain(emitter).removeListener(type, wrapper);
  if (typeof handler === 'function') add(emitter, type, handler, true, false);
}

function wrappers(emitter: EventTargetEmitter, type: EventType): Wrapper[] {
  return emitter.listeners(type) as Wrapper[];
}

function add(
  emitter: EventTargetEmitter,
  type: EventType,
  handler: AnyHandler,
  isAttribute: boolean,
  once: boolean,
): void {
  if (!TYPES.has(type)) return;
  const wrapper: Wrapper = (first, second) =>
    call(handler, emitter, toEvent(emitter, type, first, second));
  wrapper[kHandler] = handler;
  wrapper[kAttribute] = isAttribute;
  if (once) plain(emitter).once(type, wrapper);
  else plain(emitter).on(type, wrapper);
}

/** The arguments of the emitter's event, as the one object of WHATWG's. */
function toEvent(
  emitter: EventTargetEmitter,
  type: EventType,
  first: unknown,
  second: unknown,
): Event {
  // The one class that extends this one; naming it here would make the modules a circle.
  const target = emitter as unknown as WebSocketTarget;
  switch (type) {
    case 'message':
      return new MessageEvent(target, second === true ? (first as RawData) : String(first));
    case 'close':
      return new CloseEvent(target, first as number, String(second), emitter[kClosedCleanly]);
    case 'error':
      return new ErrorEvent(target, first as Error);
    default:
      return new Event(type, target);
  }
}

/** Wrappers take the arguments of any event, which the typed methods cannot know. */
function plain(emitter: EventTargetEmitter): EventEmitter {
  return emitter;
}

function call(handler: AnyHandler, target: unknown, event: Event): void {
  if (typeof handler === 'function') Reflect.apply(handler, target, [event]);
  else handler.handleEvent(event as never);
}
