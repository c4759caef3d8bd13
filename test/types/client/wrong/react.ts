import type { Client } from 'nestwire/client';
import { useCall, useEvent, usePresence, useRoom, useStream } from 'nestwire/react';
import type { Board } from '../../board.contract.js';

export function useWrong(client: Client<Board>): string {
  const { run } = useCall(client, 'move');
  void run({ id: 1, to: 2 });
  useCall(client, 'mvoe');
  useEvent(client, 'moved', (card: { price: number }) => card.price);
  useEvent(client.room('lobby'), 'said', () => {});
  const { last } = useStream(client, 'ticks', { every: 'second' });
  for (const { meta } of usePresence(useRoom(client, 'lobby').room).values()) return meta.age;
  return last;
}
