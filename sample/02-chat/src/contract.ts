/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /chat/:room: ChatGateway */
export interface ChatContract {
  calls: {
    say(data: { text: string }): void;
  };
  events: {
    said: { readonly from: string; readonly text: string; readonly at: string };
  };
}
