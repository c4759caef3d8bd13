import type { Contract } from '#contract';
import { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import type { Frame } from '../wire/frame.js';
import { innerOf } from './inner.js';
import type { LeanClient } from './lean-client.js';

/** From the server, or to it. */
export type FrameDirection = 'in' | 'out';

export type FrameListener = (frame: Frame, direction: FrameDirection) => void;

const known = new WeakMap<object, Listeners<[Frame, FrameDirection]>>();

/**
 * Shows every frame, for developers: pings, refusals and what the client says by itself as well. A frame
 * that comes is shown before anybody else sees it, one that leaves when it was handed to the socket. What is
 * shown is a copy, but for `data`; `reauthenticate` carries a token. A listener that throws is reported.
 */
export function onFrame<C extends Contract>(client: LeanClient<C>, listener: FrameListener): Off {
  const { tap, report } = innerOf(client);
  const listeners = known.get(client) ?? new Listeners(report);
  known.set(client, listeners);
  tap((frame, direction) => listeners.tell(shown(frame), direction));
  const off = listeners.add(listener);
  return () => {
    off();
    if (listeners.size === 0) tap(undefined);
  };
}

/** As it is on the wire: without what is not there. */
function shown(frame: Frame): Frame {
  const fields = Object.entries(frame).filter(
    ([name, value]) => value !== undefined && (name !== 'complete' || value === true),
  );
  return Object.fromEntries(fields) as unknown as Frame;
}
