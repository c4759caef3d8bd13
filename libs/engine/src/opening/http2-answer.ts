import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeaderField } from '../handshake/extra-headers.js';
import type { Opening } from './opening.js';
import { UsageError } from '../protocol/errors.js';
import { checkHeadLine } from './edited-head.js';
import { respond } from './http2-response.js';
import { refuseUpgrade, type Refusal } from './refuse-upgrade.js';
import type { EditHead, UpgradeAnswer } from './upgrade-answer.js';

/** Answers on one stream of a session: 200 where HTTP/1.1 has 101 (RFC 8441 5). */
export class Http2Answer implements UpgradeAnswer {
  constructor(readonly socket: ServerHttp2Stream) {}

  accept(_opening: Opening, fields: readonly HeaderField[], editHead?: EditHead): Duplex {
    respond(this.socket, 200, editHead ? edited(fields, editHead) : fields, false);
    return this.socket;
  }

  refuse(status: number, refusal: Refusal): void {
    refuseUpgrade(this.socket, status, refusal);
  }
}

/** Lets `edit` change the head as lines, as over HTTP/1.1: the first one is the status, which is fixed. */
function edited(fields: readonly HeaderField[], edit: EditHead): HeaderField[] {
  const lines = ['HTTP/2 200', ...fields.map(([name, value]) => `${name}: ${value}`)];
  edit(lines);
  return lines.slice(1).map((line) => {
    checkHeadLine(line);
    const colon = line.indexOf(':');
    if (colon < 1) {
      throw new UsageError(
        `Cannot send the header line ${JSON.stringify(line)}: expected "name: value"`,
      );
    }
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}
