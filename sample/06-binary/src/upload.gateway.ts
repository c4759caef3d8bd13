import { createHash } from 'node:crypto';
import {
  IncomingUpload,
  MessageBody,
  OnConnect,
  OnMessage,
  Rooms,
  Upload,
  WsGateway,
  type Connection,
} from 'nestwire';
import { FileDto } from './file.dto.js';

/** Bytes of the largest file taken. */
const MAX_FILE = 8 * 1024 * 1024;

/** What is known of a file when all of it has arrived. */
interface Received {
  readonly name: string;
  readonly size: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

@WsGateway('/upload')
export class UploadGateway {
  constructor(private readonly rooms: Rooms) {}

  @OnConnect()
  enter(connection: Connection): void {
    this.rooms.join(connection, 'everyone');
    connection.send('limits', { maxFile: MAX_FILE });
  }

  /** The bytes are counted and hashed as they come, and kept nowhere. */
  @OnMessage('file')
  async file(
    @Upload({ maxSize: MAX_FILE }) upload: IncomingUpload,
    @MessageBody() { name }: FileDto,
  ): Promise<Received> {
    const hash = createHash('sha256');
    for await (const part of upload) hash.update(part);
    const received = { name, size: upload.received, sha256: hash.digest('hex') };
    this.rooms.to('everyone').send('received', received);
    return received;
  }
}
