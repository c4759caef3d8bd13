import type { IncomingMessage } from 'node:http';
import { HandshakeError } from '../protocol/errors.js';
import type { UpgradeRequest } from '../upgrade/upgrade-request.js';

/** What `verifyClient` decides by. */
export interface ClientInfo {
  /**
   * The Origin header. Browsers always send it; without one it is undefined, although the type, as that
   * of `ws`, does not say so.
   */
  origin: string;
  /** Whether the client came over TLS. */
  secure: boolean;
  req: IncomingMessage;
}

/** Says whether a client is let in, at once or through the callback. */
export type VerifyClient =
  | ((info: ClientInfo) => boolean | Promise<boolean>)
  | ((
      info: ClientInfo,
      callback: (
        ok: boolean,
        code?: number,
        message?: string,
        headers?: Record<string, string>,
      ) => void,
    ) => void);

/** Where the decision about one client goes. */
interface ClientAdmission {
  /** The client is let in; what this throws is a hook's fault. */
  admitted(): void;
  /** A hook has thrown, over which the client was answered 500. */
  hookFailed(error: HandshakeError): void;
}

/** The decision about one client, which `verifyClient` may take its time for. */
export class ClientVerification {
  constructor(
    private readonly upgrade: UpgradeRequest,
    private readonly admission: ClientAdmission,
  ) {}

  /** Lets the client in or refuses it, as the hook says; without one it is let in. */
  ask(verifyClient: VerifyClient | null | undefined): void {
    this.guard(() => {
      if (verifyClient == null) this.admission.admitted();
      else this.verify(verifyClient);
    });
  }

  private verify(verifyClient: VerifyClient): void {
    const { upgrade } = this;
    const info = { origin: upgrade.origin!, secure: upgrade.secure, req: upgrade.request };
    if (verifyClient.length < 2) {
      const verdict = (verifyClient as (info: ClientInfo) => boolean | Promise<boolean>)(info);
      if (typeof verdict === 'boolean') this.decide(verdict);
      else this.await(verdict);
      return;
    }
    const returned: unknown = verifyClient(info, (ok, code, message, headers) => {
      if (upgrade.settled) return;
      this.guard(() => this.decide(ok, code, message, headers));
    });
    // It has its callback; but an async one may also fail, and must not end the process with that.
    if (returned instanceof Promise) returned.catch((cause: unknown) => this.refuse(cause));
  }

  private decide(
    ok: boolean,
    code?: number,
    message?: string,
    headers?: Record<string, string>,
  ): void {
    if (ok) {
      this.admission.admitted();
    } else {
      this.upgrade.reject(code || 401, {
        ...(message ? { message } : {}),
        ...(headers ? { headers: asText(headers) } : {}),
      });
    }
  }

  /** An async hook's promise is an object, so taking it for a verdict would let everybody in. */
  private await(verdict: unknown): void {
    void Promise.resolve(verdict).then(
      (ok) => this.upgrade.settled || this.guard(() => this.decide(Boolean(ok))),
      (cause: unknown) => this.refuse(cause),
    );
  }

  private refuse(cause: unknown): void {
    if (this.upgrade.settled) return;
    this.guard(() => {
      throw cause;
    });
  }

  /** A hook that throws, perhaps over what the client sent, refuses this client and no other. */
  private guard(decide: () => void): void {
    const { upgrade } = this;
    try {
      decide();
    } catch (cause) {
      if (upgrade.settled) throw cause;
      const error = new HandshakeError(
        'The handshake could not be decided',
        'WS_ERR_HANDSHAKE_HOOK',
        500,
      );
      error.cause = cause;
      upgrade.reject(500);
      this.admission.hookFailed(error);
    }
  }
}

/** `Retry-After: 120` is a number in many programs. */
function asText(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'number' ? String(value) : (value as string),
    ]),
  );
}
