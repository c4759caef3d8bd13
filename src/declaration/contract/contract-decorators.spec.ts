import { describe, expect, it } from '@jest/globals';
import { Rooms, type Connection } from '#hub';
import { OnMessage } from '../on-message.decorator.js';
import { WsGateway } from '../ws-gateway.decorator.js';
import { contract } from './contract-decorators.js';

interface Board {
  calls: { move(data: { id: string }): boolean };
}

const board = contract<Board>();

@WsGateway('/board')
class BoardGateway {
  constructor(readonly rooms: Rooms<Board>) {}

  @board.OnMessage('move')
  move(_connection: Connection<Board>): boolean {
    return this.rooms.count === 0;
  }
}

describe('contract', () => {
  it('gives the plain decorators', () => {
    expect(board.OnMessage).toBe(OnMessage);
  });

  it('leaves Nest the class of a service that is read with a contract', () => {
    expect(Reflect.getMetadata('design:paramtypes', BoardGateway)).toEqual([Rooms]);
  });
});
