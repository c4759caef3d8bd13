import type { Duplex } from 'node:stream';
import type { HeaderField } from '../handshake/extra-headers.js';
import type { Opening } from './opening.js';
import { switchingProtocols } from '../handshake/switching-protocols.js';
import { checkHeadLine } from './edited-head.js';
import { refuseUpgrade, type Refusal } from './refuse-upgrade.js';
import type { EditHead, UpgradeAnswer } from './upgrade-answer.js';

/** Answers on the socket of the request, which becomes the connection's (RFC 6455 4.2.2). */
export class Http1Answer implements UpgradeAnswer {
  constructor(readonly socket: Duplex) {}

  accept({ key }: Opening, fields: readonly HeaderField[], editHead?: EditHead): Duplex {
    const head = switchingProtocols(key, fields);
    this.socket.write(editHead ? edited(head, editHead) : head, 'latin1');
    return this.socket;
  }

  refuse(status: number, refusal: Refusal): void {
    refuseUpgrade(this.socket, status, refusal);
  }
}

/** Lets `edit` change the head's lines; a line it adds must not smuggle in another. */
function edited(head: string, edit: EditHead): string {
  const lines = head.slice(0, -4).split('\r\n');
  edit(lines);
  for (const line of lines) checkHeadLine(line);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
