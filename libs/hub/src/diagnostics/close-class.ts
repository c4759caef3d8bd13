import { CloseCode } from '#engine';

/** Kinds of ends of a connection: few, whatever codes applications choose. */
export type CloseClass =
  | 'normal'
  | 'going_away'
  | 'lost'
  | 'protocol_error'
  | 'policy'
  | 'internal_error'
  | 'unavailable'
  | 'application'
  | 'other';

/** Codes without a class of their own are of RFC 6455 and nobody's yet. */
const CLASSES: ReadonlyMap<number, CloseClass> = new Map([
  [CloseCode.Normal, 'normal'],
  [CloseCode.NoStatus, 'normal'],
  [CloseCode.GoingAway, 'going_away'],
  [CloseCode.Abnormal, 'lost'],
  [CloseCode.ProtocolError, 'protocol_error'],
  [CloseCode.UnsupportedData, 'protocol_error'],
  [CloseCode.InvalidPayload, 'protocol_error'],
  [CloseCode.MessageTooBig, 'protocol_error'],
  [CloseCode.MandatoryExtension, 'protocol_error'],
  [CloseCode.PolicyViolation, 'policy'],
  [CloseCode.InternalError, 'internal_error'],
  [CloseCode.ServiceRestart, 'unavailable'],
  [CloseCode.TryAgainLater, 'unavailable'],
  [CloseCode.BadGateway, 'unavailable'],
]);

/** 3000 to 4999 are the application's. */
export function closeClass(code: number): CloseClass {
  if (code >= 3_000 && code <= 4_999) return 'application';
  return CLASSES.get(code) ?? 'other';
}
