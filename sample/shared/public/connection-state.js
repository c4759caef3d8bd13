import { byId } from './dom.js';

const TEXTS = {
  connecting: 'Connecting',
  open: 'Connected',
  waiting: 'Connection lost, trying again',
};

/** Shows in `#status` where a connection stands. */
export function showState(state) {
  // Only written when it changes: a screen reader announces each write.
  if (byId('status').dataset.state === state) return;
  byId('status').dataset.state = state;
  byId('status').textContent = TEXTS[state] ?? '';
}
