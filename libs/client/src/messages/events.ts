import { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import type { Frame } from '../wire/frame.js';
import type { EventInfo } from './event-info.js';

export type EventListener = (data: unknown, info: EventInfo) => unknown;

/** Listeners by the event they listen to. */
export class Events {
  readonly #byEvent = new Map<string, Listeners<[unknown, EventInfo]>>();
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  on(event: string, listener: EventListener): Off {
    const listeners = this.#byEvent.get(event) ?? new Listeners(this.#report);
    this.#byEvent.set(event, listeners);
    const off = listeners.add(listener);
    return () => {
      off();
      if (listeners.size === 0 && this.#byEvent.get(event) === listeners) {
        this.#byEvent.delete(event);
      }
    };
  }

  /** @returns whether anybody listens */
  tell({ event, data, at, mail }: Frame): boolean {
    const listeners = this.#byEvent.get(event);
    listeners?.tell(data, { event, at, mail });
    return listeners !== undefined;
  }
}
