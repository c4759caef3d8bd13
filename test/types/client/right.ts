import {
  connect,
  connectLean,
  onAsk,
  once,
  onFrame,
  presence,
  room,
  stream,
  type ClientError,
  type ClientState,
} from 'nestwire/client';
import type { Board, Card } from '../board.contract.js';

export async function right(url: URL): Promise<Card> {
  const board = connect<Board>(url, { token: async () => null, backoff: { first: 1 } });
  board.on('moved', ({ title }, { at }) => title.length + (at?.offset ?? 0));
  board.on('cleared', (nothing) => nothing satisfies undefined);
  board.onAsk('confirm', async ({ card }, { signal }) => card !== '' && !signal.aborted);
  board.onFrame(({ event, data }, direction) => [event, data, direction satisfies 'in' | 'out']);
  await board.call('clear');
  await board.call('clear', undefined, { key: true });
  await board.send('clear', undefined, { queue: false });
  const sent: boolean = board.send('move', { id: '1', to: 2 }, { volatile: true });
  for await (const tick of board.stream('ticks', { every: 1 }, { resume: true })) {
    if (tick.toFixed() === '1') break;
  }
  board.stream('ticks', { every: 1 }, { resume: (last = 0) => ({ every: last + 1 }) });
  const lobby = board.room('lobby');
  const { epoch, recovered = sent } = await lobby.join({ signal: AbortSignal.timeout(1) });
  lobby.on('moved', (card: Card, { event }) => [card.id, event, epoch, recovered]);
  presence(lobby).onChange((people) => people.get('ada')?.meta.name.toUpperCase());
  const moved = await board.once('moved', { timeout: 1 });
  await board.opened({ signal: AbortSignal.timeout(1) }).catch(({ code }: ClientError) => code);
  return (await board.call('move', { id: moved.id, to: 1 })) satisfies Card;
}

/** The functions infer the contract from their client. */
export async function lean(url: string): Promise<boolean> {
  const board = connectLean<Board>(url);
  const offs = [
    onAsk(board, 'confirm', ({ card }) => card !== ''),
    onFrame(board, () => {}),
    room(board, 'lobby').on('moved', ({ title }) => title.length),
  ];
  for (const off of offs) off();
  const { title } = await once(board, 'moved');
  const { value } = await stream(board, 'ticks', { every: 1 }).next();
  return value?.toFixed() === title;
}

/** Whoever knows the name of a state knows what comes with it. */
export function told(state: ClientState): string {
  if (state.name === 'connecting') return state.attempt.toFixed();
  if (state.name === 'waiting') return `${state.why.code} ${state.in.toFixed()}`;
  if (state.name === 'refused') return `${state.status ?? ''} ${state.message}`;
  if (state.name === 'signed-out') return state.code;
  return state.name === 'closed' ? state.by : state.name;
}

/** Without a contract every name compiles, and whoever receives says what it is. */
export async function untyped(): Promise<number> {
  const any = connect('/anything');
  any.on('said', (said: { text: string }) => said.text);
  any.onAsk('confirm', (data: { card: string }) => data.card);
  await any.send('say', { text: 'x' });
  const answer: number = await any.call('add', [1, 2]);
  return answer;
}
