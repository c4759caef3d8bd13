import type { AnyContract, Contract } from '#contract';
import { innerOf } from '../messages/inner.js';
import type { LeanClient } from '../messages/lean-client.js';
import { fields } from '../wire/exception.js';
import { room } from './enter-room.js';
import { Follower } from './follower.js';
import type { Followed, FollowOptions, Place } from './follow-options.js';

/**
 * Keeps a state as it is at the server: a snapshot of it, and what a room's history says behind that, with neither a
 * hole between them nor anything twice. The room is entered. Whenever the history cannot tell what was missed, the
 * state begins anew with another snapshot.
 *
 * ```ts
 * const cards = follow(board, 'board', {
 *   snapshot: () => board.call('cards'),
 *   begin: ({ cards }) => show(cards),
 *   apply: { moved: (card) => move(card) },
 * });
 * await cards.ready;
 * ```
 * @throws {TypeError} for options that are none
 */
export function follow<C extends Contract, S>(
  client: LeanClient<C>,
  name: string,
  options: FollowOptions<C, S>,
): Followed {
  const { snapshot, begin, apply } = options;
  for (const [option, value] of Object.entries({ snapshot, begin })) {
    if (typeof value !== 'function') throw bad(option, 'a function', value);
  }
  if (typeof apply !== 'object' || apply === null) throw bad('apply', 'an object', apply);
  const { clock, report, onTake, onOpen } = innerOf(client);
  const entered = room(client, name);
  const { at = (value: S): Place => fields(value)['at'] as Place } = options;
  const offs: (() => void)[] = [];
  const follower = new Follower({
    room: name,
    clock,
    snapshot,
    begin: begin as (value: unknown) => void,
    apply: apply as FollowOptions<AnyContract, S>['apply'],
    placeOf: at as (value: unknown) => Place,
    position: () => entered.position,
    opened: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          off();
          resolve();
        };
        const off = onOpen(done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted || client.state.name === 'open') done();
      }),
    report,
    off: () => offs.forEach((off) => off()),
  });
  offs.push(
    // Behind the room: it sees what the room hands out, each message once and in order.
    onTake((frame) => {
      if (frame.id === undefined) follower.take(frame);
      return false;
    }),
    entered.onRecovered(({ recovered }) => {
      if (!recovered) follower.lost();
    }),
    // Nothing would come any more, and what is shown would grow old in silence.
    entered.onRefused((error) => follower.refused(error)),
  );
  void follower.start(entered.join());
  return follower;
}

function bad(option: string, expected: string, found: unknown): TypeError {
  const kind = found === null ? 'null' : `of type ${typeof found}`;
  return new TypeError(
    `Cannot use option ${option}: ${expected} is expected, current value is ${kind}`,
  );
}
