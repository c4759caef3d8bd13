import { WebSocketError } from '#engine';

/** The broker cannot be reached, does not answer in time, or refuses to serve. */
export class BrokerUnavailable extends WebSocketError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'WS_ERR_BROKER_UNAVAILABLE', options);
  }
}
