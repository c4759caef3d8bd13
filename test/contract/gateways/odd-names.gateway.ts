// oxlint-disable eslint/no-shadow -- two types of one name are what this is about
// Names that need quotes, or would mean something else; comments and signs of other alphabets.
import { MessageBody, OnMessage, WsGateway } from 'nestwire';

const STAR = '*/ export const broken = 1; /*';

interface Item /* not the other one */ {
  readonly "it's": string;
  'back\\slash\n': number;
  __proto__: string;
  constructor: string;
  größe: number;
  '1': boolean;
}

/** Another type of the same name, and one of a name that a contract uses itself. */
namespace Other {
  export interface Item {
    other: Record;
  }
  export interface Record {
    of: Item[];
  }
}

@WsGateway(`/ünï/日本/${STAR}`)
export class OddGateway {
  @OnMessage('__proto__')
  proto(@MessageBody('__proto__') _proto: string): Item {
    throw new Error('not here');
  }

  @OnMessage('constructor')
  create(@MessageBody() item: Item): Other.Item {
    return { other: { of: [] }, ...item };
  }

  @OnMessage('new')
  fresh(): Other.Record | '\u2028"' {
    return { of: [] };
  }

  @OnMessage("it's \\ \u{1f600}")
  quoted(/* nothing */): `x-${number}` | -1 {
    return -1;
  }

  @OnMessage(STAR)
  star(@MessageBody() _text: 'a*/b'): void {}

  @OnMessage('日本')
  japan(@MessageBody('été') _summer: boolean): void {}

  @OnMessage('')
  empty(): void {}
}
