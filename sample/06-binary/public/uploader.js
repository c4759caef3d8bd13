import { LastingSocket } from '../../shared/public/lasting-socket.js';

/** First byte of a chunk, for `@OnBinary(1)`. */
const CHUNK = 1;
/** Chunks on their way at a time: enough to keep the line busy, few enough to stop at once. */
const AHEAD = 4;

/**
 * Sends files in binary messages over one WebSocket. `on.state(state)` is told `connecting`, `open` or
 * `waiting`, `on.limits(limits)` what the server takes, `on.received(file)` what anybody has sent.
 */
export class Uploader {
  #socket;
  #asked = new Map();
  #running = new Map();
  #limits = { maxFile: 0, chunkSize: 0 };

  constructor(on) {
    this.on = on;
    this.#socket = new LastingSocket(() => ({ path: 'upload' }), {
      state: (state) => this.on.state(state),
      message: (message) => this.#receive(message),
      lost: () => this.#lost(),
    });
    this.#socket.connect();
  }

  /**
   * `progress(sent)` is called with bytes that have arrived.
   * @returns the server's word on the whole file, `{ size, sha256 }`
   */
  async send(file, progress, signal) {
    const answer = await this.#ask('start', { name: file.name, size: file.size });
    if (answer.upload === undefined) return answer;
    const id = answer.upload;
    // Given up before the server had an id for it.
    if (signal.aborted) {
      this.#stop(id);
      throw new Error('Stopped');
    }
    return new Promise((resolve, reject) => {
      const upload = { file, offset: 0, progress, resolve, reject };
      this.#running.set(id, upload);
      signal.addEventListener('abort', () => {
        if (!this.#running.delete(id)) return;
        this.#stop(id);
        reject(new Error('Stopped'));
      });
      for (let i = 0; i < AHEAD; i++) void this.#next(id, upload);
    });
  }

  async #next(id, upload) {
    const { file, offset } = upload;
    if (offset >= file.size) return;
    const end = Math.min(offset + this.#limits.chunkSize, file.size);
    upload.offset = end;
    const chunk = new Uint8Array(5 + end - offset);
    chunk[0] = CHUNK;
    new DataView(chunk.buffer).setUint32(1, id);
    // Reading takes its time; the chunks before must leave first.
    const before = upload.reading ?? Promise.resolve();
    upload.reading = (async () => {
      const bytes = new Uint8Array(await file.slice(offset, end).arrayBuffer());
      await before;
      chunk.set(bytes, 5);
      if (this.#running.has(id)) this.#socket.sendBytes(chunk);
    })();
    try {
      await upload.reading;
    } catch (error) {
      // A file that changes or goes away while it is read; the server still waits for its bytes.
      if (this.#running.has(id)) this.#stop(id);
      this.#fail(id, error);
    }
  }

  #stop(id) {
    this.#socket.send({ event: 'stop', data: { upload: id } });
  }

  #receive({ event, data, id }) {
    if (event === 'limits') {
      this.#limits = data;
      this.on.limits(data);
    } else if (event === 'received') this.on.received(data);
    else if (event === 'progress') {
      const upload = this.#running.get(data.upload);
      if (upload === undefined) return;
      upload.progress(data.received);
      void this.#next(data.upload, upload);
    } else if (event === 'done') {
      const upload = this.#running.get(data.upload);
      this.#running.delete(data.upload);
      upload?.progress(data.size);
      upload?.resolve(data);
    } else if (this.#asked.has(id)) {
      const { resolve, reject } = this.#asked.get(id);
      this.#asked.delete(id);
      if (event === 'exception')
        reject(Object.assign(new Error(data.message), { code: data.code }));
      else resolve(data);
    }
  }

  #ask(event, data) {
    const id = this.#socket.ask(event, data);
    if (id === null) return Promise.reject(new Error('There is no connection'));
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
    });
  }

  #fail(id, error) {
    this.#running.get(id)?.reject(error);
    this.#running.delete(id);
  }

  #lost() {
    const lost = new Error('The connection was lost');
    for (const id of this.#running.keys()) this.#fail(id, lost);
    for (const { reject } of this.#asked.values()) reject(lost);
    this.#asked.clear();
  }
}
