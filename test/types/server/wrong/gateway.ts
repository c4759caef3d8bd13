import { contract } from 'nestwire';
import type { Board, Card } from '../../board.contract.js';

const { OnMessage } = contract<Board>();

export class WrongGateway {
  @OnMessage('mvoe')
  wrongName(): Card {
    return { id: '', title: '' };
  }

  @OnMessage('move')
  wrongAnswer(): { id: number } {
    return { id: 1 };
  }

  @OnMessage('ticks')
  valueForStream(): number {
    return 1;
  }

  @OnMessage('ticks')
  async *wrongItem(): AsyncGenerator<string> {
    yield '1';
  }
}
