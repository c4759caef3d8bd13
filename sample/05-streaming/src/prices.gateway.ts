import {
  ConnectedSocket,
  MessageBody,
  OnConnect,
  OnMessage,
  Signal,
  WsGateway,
  type Connection,
} from 'nestwire';
import { EMPTY, type Observable } from 'rxjs';
import { latest } from './latest.js';
import { Prices, SYMBOLS, type Quote } from './prices.service.js';
import { WatchDto } from './watch.dto.js';

/** Milliseconds a page may take over one price before it is given up. */
const PATIENCE = 30_000;

/** Two ways to stream prices; a client stops either with `{ "event": "$cancel", "id": … }`. */
@WsGateway('/prices')
export class PricesGateway {
  constructor(private readonly prices: Prices) {}

  @OnConnect()
  enter(connection: Connection): void {
    connection.send('symbols', SYMBOLS);
  }

  /** Every price, at the pace of the market: an Observable is subscribed to until somebody leaves. */
  @OnMessage('watch')
  watch(@MessageBody() { symbol }: WatchDto): Observable<Quote> {
    return this.prices.of(symbol) ?? EMPTY;
  }

  /**
   * Prices at the pace of the page. After each the page is asked whether it has shown it, and answers
   * when it gets to the question; meanwhile newer prices replace each other. A slow page misses some
   * and never falls behind.
   */
  @OnMessage('follow')
  async *follow(
    @MessageBody() { symbol }: WatchDto,
    @ConnectedSocket() connection: Connection,
    @Signal() signal: AbortSignal,
  ): AsyncGenerator<Quote, void> {
    for await (const quote of latest(this.prices.of(symbol) ?? EMPTY, signal)) {
      yield quote;
      await connection.request('shown', symbol, { timeout: PATIENCE, signal });
    }
  }
}
