/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /prices: PricesGateway */
export interface PricesContract {
  calls: {};
  streams: {
    watch(data: WatchDto): Quote;
    follow(data: WatchDto): Quote;
  };
  events: {
    symbols: readonly ['ACME', 'GLOBEX', 'INITECH', 'UMBRELLA', 'HOOLI', 'STARK'];
  };
}

export interface Quote {
  readonly symbol: string;
  readonly price: number;
  readonly seq: number;
  readonly at: number;
}

export interface WatchDto {
  symbol: string;
}
