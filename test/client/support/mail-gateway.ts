import { VerifyClient, WsGateway, type HandshakeSnapshot } from 'nestwire';

/** What the users of these tests get. */
export interface MailContract {
  mail: { note: number; bill: { cents: number } };
}

/** Whoever says a name is that user. */
@WsGateway('/mail')
export class MailGateway {
  @VerifyClient()
  verify({ query }: HandshakeSnapshot): object {
    return { id: String(query['user']) };
  }
}
