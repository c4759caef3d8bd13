import { readUtf8 } from '../bytes/buffer-text.js';
import { isValidUtf8 } from '../bytes/utf8.js';
import { CloseCode, isSendableCloseCode } from './close-code.js';
import type { ProtocolError } from './errors.js';
import { controlLength, invalidCloseCode, invalidUtf8 } from './frame-rules.js';

/** What a Close frame says. */
interface CloseFrame {
  /** 1005 when it carried none (RFC 6455 7.1.5). */
  readonly code: number;
  readonly reason: string;
}

/**
 * Reads the payload of a Close frame (RFC 6455 5.5.1): nothing, or a code and a reason.
 * @param validate whether the reason is checked to be UTF-8
 * @returns what is wrong with it for a length of 1, a code that may not be sent, or no UTF-8
 */
export function readCloseFrame(payload: Buffer, validate: boolean): CloseFrame | ProtocolError {
  if (payload.length === 0) return { code: CloseCode.NoStatus, reason: '' };
  if (payload.length === 1) return controlLength(1);
  const code = payload.readUInt16BE(0);
  if (!isSendableCloseCode(code)) return invalidCloseCode(code);
  if (validate && !isValidUtf8(payload.subarray(2))) return invalidUtf8();
  return { code, reason: readUtf8(payload, 2, payload.length) };
}
