import { ClientError, connect, type ClientState } from 'nestwire/client';

export function wrong(state: ClientState, error: ClientError): unknown[] {
  connect('/board', { token: 'secret' });
  connect('/board', { token: () => 7 });
  connect('/board', { pingIntervall: 1 });
  connect('/board', { backoff: { frist: 1 } });
  connect('/board', { query: { a: [1] } });
  connect('/board', { retry: () => 'again' });
  connect('/board', { WebSocket: { send() {} } });
  connect(7);
  connect<{ calls: string }>('/board');
  if (state.name === 'refused') state.status.toFixed();
  if (state.name === 'conecting') return [];
  return [state.attempt, error.stauts];
}
