import type { Contract, MailData, MailName } from '#contract';
import { innerOf } from '../messages/inner.js';
import type { LeanClient } from '../messages/lean-client.js';
import type { Off } from '../support/off.js';
import { platformLocks } from './mail-locks.js';
import type { MailHandler, MailInfo, MailOptions } from './mail-options.js';
import { MailReader } from './mail-reader.js';

const known = new WeakMap<object, Set<string>>();

/**
 * Handles mail of the mailbox, one after another, and acknowledges it when the handler has ended. Mail
 * whose handler fails stays there, and is given to it again: after a pause, and on the next connection.
 * Of several tabs of a browser one handles it. One handler an event; `client.on` does not hear what it gets.
 *
 * Mail is handled at least once: a page that ends between handling and acknowledging finds it again.
 * @throws {TypeError} for an event that has a handler, and for options that are none
 */
export function onMail<C extends Contract, N extends MailName<C>>(
  client: LeanClient<C>,
  event: N,
  handler: (data: MailData<C, N>, info: MailInfo) => unknown,
  options: MailOptions = {},
): Off {
  const { url, clock, report, onTake, onOpen, onLost, onStop } = innerOf(client);
  const events = known.get(client) ?? new Set();
  known.set(client, events);
  if (events.has(event))
    throw new TypeError(`Cannot handle mail ${event}: it has a handler already`);
  if (typeof handler !== 'function') {
    throw new TypeError(`Cannot handle mail ${event}: a function is expected`);
  }
  const { attempts = 5, timeout = 60_000, locks = platformLocks() } = options;
  if (!Number.isSafeInteger(attempts) || attempts < 1) throw bad('attempts', '1 or more', attempts);
  if (!(timeout > 0 && timeout < 2 ** 31)) throw bad('timeout', 'milliseconds', timeout);
  const call = client.call.bind(client) as unknown as CallOnce;
  const settings = { attempts, timeout, locks: locks === false ? undefined : locks };
  const reader = new MailReader(event, handler as MailHandler, settings, {
    url,
    clock,
    report,
    call: (name, data) => call(name, data, { queue: false, key: false }),
    isOpen: () => client.state.name === 'open',
    goesOn: () => ['open', 'connecting', 'waiting'].includes(client.state.name),
  });
  events.add(event);
  const offs = [
    onTake((frame) => reader.take(frame)),
    onOpen(() => reader.opened(false)),
    onLost(() => reader.lost()),
    onStop(() => reader.ended()),
  ];
  if (client.state.name === 'open') reader.opened(true);
  return () => {
    for (const off of offs.splice(0)) off();
    if (!reader.stopped) events.delete(event);
    reader.stop();
  };
}

type CallOnce = (event: string, data: unknown, options: object) => Promise<unknown>;

function bad(name: string, expected: string, found: unknown): TypeError {
  return new TypeError(
    `Cannot use option ${name}: ${expected} are expected, current value is ${String(found)}`,
  );
}
