import { Injectable } from '@nestjs/common';
import { filter, interval, mergeMap, ReplaySubject, share, type Observable } from 'rxjs';

/** A price, as it goes over the wire. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  /** Counts the prices of this symbol: a gap means that some were left out. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export const SYMBOLS = ['ACME', 'GLOBEX', 'INITECH', 'UMBRELLA', 'HOOLI', 'STARK'] as const;

/** Milliseconds between two prices of a symbol. */
const EVERY = 50;

/** An invented market: random walks that run while somebody looks. */
@Injectable()
export class Prices {
  private readonly last = new Map<string, Quote>(
    SYMBOLS.map((symbol, index) => [symbol, { symbol, price: 80 + 30 * index, seq: 0, at: 0 }]),
  );

  private readonly all = interval(EVERY).pipe(
    mergeMap(() => SYMBOLS.map((symbol) => this.next(symbol))),
    share(),
  );

  private readonly bySymbol = new Map<string, Observable<Quote>>(
    SYMBOLS.map((symbol) => [symbol, this.feed(symbol)]),
  );

  /** Begins with the latest price, if anybody is watching already. Undefined for no such symbol. */
  of(symbol: string): Observable<Quote> | undefined {
    return this.bySymbol.get(symbol);
  }

  private feed(symbol: string): Observable<Quote> {
    return this.all.pipe(
      filter((quote) => quote.symbol === symbol),
      share({ connector: () => new ReplaySubject<Quote>(1), resetOnRefCountZero: true }),
    );
  }

  private next(symbol: string): Quote {
    const { price, seq } = this.last.get(symbol) ?? { price: 100, seq: 0 };
    const moved = Math.max(1, price * (1 + (Math.random() - 0.5) / 100));
    const quote = { symbol, price: Math.round(moved * 100) / 100, seq: seq + 1, at: Date.now() };
    this.last.set(symbol, quote);
    return quote;
  }
}
