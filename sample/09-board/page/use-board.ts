import { useEffect, useState } from 'react';
import { useCall, useConnect, useConnection, useEvent, usePresence, useRoom } from 'nestwire/react';
import type { BoardContract, Card, Column } from '../src/board.contract.js';
import { post } from './post.js';

/** Everything between this page and the server. */
export function useBoard(firstToken: string, notify: (text: string) => void) {
  const [cards, setCards] = useState<readonly Card[]>([]);
  const [session] = useState({ token: firstToken });
  const fail = ({ message }: Error): boolean => {
    notify(message);
    return false;
  };
  const put = (card: Card): void =>
    setCards((all) => [...all.filter(({ id }) => id !== card.id), card]);

  const client = useConnect<BoardContract>('board', {
    // A token that is still good buys the next one; without one the client is signed out.
    async token() {
      const { status, token } = await post('renew', {}, session.token);
      return status === 401 ? null : (session.token = token ?? session.token);
    },
    onError: (error) => fail(error as Error),
  });
  const state = useConnection(client);
  const { room, status, recovered } = useRoom(client, 'board');
  const people = usePresence(room);
  const move = useCall(client, 'move', { key: true });
  const add = useCall(client, 'add', { key: true });

  // The state once, then the log: after a cut what was missed follows by itself, unless some is lost.
  const isLost = recovered?.recovered === false && recovered;
  useEffect(() => {
    if (status === 'joined') void client.call('cards').then(setCards, () => {});
  }, [client, status, isLost]);
  useEvent(room, 'changed', put);
  useEffect(
    () =>
      client.onMail('moved', ({ title, column, by }) =>
        notify(`${by} moved “${title}” to ${column}`),
      ),
    [client, notify],
  );

  return {
    cards,
    state,
    people: [...people.values()].map(({ meta }) => meta.name),
    /** @returns whether the server has it */
    add: (title: string): Promise<boolean> => add.run({ title }).then(() => true, fail),
    /** Shown at once, and taken back when the server says no. */
    move: (card: Card, column: Column): void => {
      put({ ...card, column });
      move.run({ id: card.id, column }).catch((error: Error) => {
        put(card);
        fail(error);
      });
    },
  };
}
