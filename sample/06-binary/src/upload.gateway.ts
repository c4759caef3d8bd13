import { BadRequestException, ParseIntPipe } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  OnBinary,
  OnConnect,
  OnMessage,
  Rooms,
  WsGateway,
  type Connection,
} from 'nestwire';
import { StartDto } from './start.dto.js';
import type { Received } from './upload.js';
import { MAX_FILE, Uploads } from './uploads.js';

/** First byte of a chunk: the type; then four of the upload's id, big-endian; then the file's bytes. */
const CHUNK = 1;
const ID_LENGTH = 4;
const CHUNK_SIZE = 32 * 1024;

type Uploader = Connection<{ data: { uploads: Uploads } }>;

/** A step of an upload, as a reply under its own event. */
interface Step {
  readonly event: 'progress' | 'done';
  readonly data: object;
}

/** Text messages say what will come, binary ones bring it. */
@WsGateway({
  path: '/upload',
  // A longer message is refused while it arrives: nobody can fill the memory with one chunk.
  limits: { maxPayload: 1 + ID_LENGTH + CHUNK_SIZE },
})
export class UploadGateway {
  constructor(private readonly rooms: Rooms) {}

  @OnConnect()
  enter(connection: Uploader): void {
    connection.data.uploads = new Uploads();
    this.rooms.join(connection, 'everyone');
    connection.send('limits', { maxFile: MAX_FILE, chunkSize: CHUNK_SIZE });
  }

  @OnMessage('start')
  start(
    @ConnectedSocket() { data }: Uploader,
    @MessageBody() { name, size }: StartDto,
  ): { upload: number } | Received {
    const upload = data.uploads.start(name, size);
    // There is no chunk to wait for.
    return size === 0 ? this.finish(data.uploads, upload) : { upload };
  }

  /** One at a time and in order, as everything of a connection: the answer paces the page. */
  @OnBinary(CHUNK)
  chunk(@ConnectedSocket() { data }: Uploader, @MessageBody() bytes: Buffer): Step {
    if (bytes.length < ID_LENGTH) throw new BadRequestException('The chunk has no id');
    const id = bytes.readUInt32BE(0);
    const upload = data.uploads.get(id);
    upload.write(bytes.subarray(ID_LENGTH));
    return upload.complete
      ? { event: 'done', data: { upload: id, ...this.finish(data.uploads, id) } }
      : { event: 'progress', data: { upload: id, received: upload.received } };
  }

  @OnMessage('stop')
  stop(
    @ConnectedSocket() { data }: Uploader,
    @MessageBody('upload', ParseIntPipe) id: number,
  ): void {
    data.uploads.end(id);
  }

  private finish(uploads: Uploads, id: number): Received {
    const received = uploads.get(id).finish();
    uploads.end(id);
    this.rooms.to('everyone').send('received', received);
    return received;
  }
}
