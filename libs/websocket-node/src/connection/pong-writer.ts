import type { SocketTransport } from '#engine';

/** Bytes that may wait before pongs do: a peer that reads gets one for each ping. */
const BACKLOG = 16 * 1024;

/**
 * Answers pings. Of those that come while the peer does not read only the newest is answered, which
 * RFC 6455 5.5.3 allows: else a peer could fill our memory with pings it never reads the pongs of.
 */
export class PongWriter {
  private owed: Buffer | null = null;

  constructor(private readonly transport: SocketTransport) {}

  answer(payload: Buffer): void {
    const { transport } = this;
    if (this.owed === null && transport.bufferedAmount < BACKLOG) {
      transport.pong(payload);
      return;
    }
    const isWaiting = this.owed !== null;
    this.owed = payload;
    if (!isWaiting) transport.afterSent(this.pay);
  }

  private readonly pay = (error?: Error): void => {
    const payload = this.owed;
    this.owed = null;
    if (payload !== null && error === undefined) this.transport.pong(payload);
  };
}
