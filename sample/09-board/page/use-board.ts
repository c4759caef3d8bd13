import { useEffect, useState } from 'react';
import {
  useCall,
  useConnect,
  useConnection,
  useEvent,
  usePresence,
  useRoom,
  useUpload,
} from 'nestwire/react';
import type { BoardContract, Card, Column } from '../src/board.contract.js';
import { movedText } from './moved-text.js';
import { post } from './post.js';

/** Everything between this page and the server. */
export function useBoard(firstToken: string, notify: (text: string) => void) {
  const [cards, setCards] = useState<readonly Card[]>([]);
  const [session] = useState({ token: firstToken });
  const fail = ({ message }: Error): void => notify(message);
  const put = (card: Card) => setCards((all) => [...all.filter(({ id }) => id !== card.id), card]);

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
  const attach = useUpload(client, 'attach');

  // The state once, then the log: after a cut what was missed follows by itself, unless some is lost.
  const isLost = recovered?.recovered === false && recovered;
  useEffect(() => {
    if (status === 'joined') void client.call('cards').then(setCards, () => {});
  }, [client, status, isLost]);
  useEvent(room, 'changed', put);
  useEffect(() => client.onMail('moved', (mail) => notify(movedText(mail))), [client, notify]);

  return {
    cards,
    state,
    people: [...people.values()].map(({ meta }) => meta.name),
    /** Undefined when the server does not have it. */
    add: (title: string): Promise<Card | void> => add.run({ title }).catch(fail),
    /** One file at a time; a lost connection is not its concern. */
    attach,
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
