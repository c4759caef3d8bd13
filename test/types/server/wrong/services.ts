import type { Connection, History, Mailbox, Presence, Rooms } from 'nestwire';
import type { Board } from '../../board.contract.js';

interface Silent {
  calls: { move(data: { id: string }): void };
}

export async function wrong(
  connection: Connection<Board>,
  rooms: Rooms<Board>,
  history: History<Board>,
  mailbox: Mailbox<Board>,
  presence: Presence<Board>,
  silent: Connection<Silent>,
): Promise<void> {
  connection.send('movd', { id: '1', title: '' });
  rooms.to('lobby').send('moved', { id: 1, title: '' });
  rooms.toAll().send('moved');
  await history.publish('lobby', 'moved', { id: '1' });
  await mailbox.send('ada', 'invitatoin', { from: 'bob' });
  await mailbox.send('ada', 'invitation', { form: 'bob' });
  await presence.track(connection, 'lobby', { nmae: 'Ada' });
  await presence.track(connection, 'lobby');
  await connection.request('confirm', 'card');
  const answer: string = await connection.request('confirm', { card: answerOf(connection) });
  silent.send('moved', answer);
  connection.user = { id: 1, name: '' };
}

function answerOf(connection: Connection<Board>): string {
  return connection.user.nmae;
}
