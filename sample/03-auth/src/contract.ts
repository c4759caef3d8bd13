/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /board: BoardGateway */
export interface BoardContract {
  calls: {
    post(data: { text: string }): void;
    remove(data: { id: number }): void;
  };
  events: {
    board: readonly Notice[];
  };
}

export interface Notice {
  readonly id: number;
  readonly by: string;
  readonly text: string;
}
