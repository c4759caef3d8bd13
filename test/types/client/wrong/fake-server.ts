import { fakeServer } from 'nestwire/client/testing';
import type { Board } from '../../board.contract.js';

const server = fakeServer<Board>();

server.onCall('mvoe', () => 1);
server.onCall('move', () => 'not a card');
server.onStream('ticks', () => ['not a tick']);
server.emit('moved', { nothing: true });
server.room('lobby').publish('said', 'not an event');
server.room('lobby').enter('ada', 5);
void server.ask('confirm', 5);
