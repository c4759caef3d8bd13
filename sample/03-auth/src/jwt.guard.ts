import {
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { firstToken, tokenFromHeader, tokenFromProtocol, type TokenSource } from 'nestwire';
import { ApiSecurity } from 'nestwire/asyncapi';
import type { Claims } from './claims.js';

// fetch() can set the header, a WebSocket in a page cannot: it sends its token as a subprotocol.
const findToken = firstToken(tokenFromHeader(), tokenFromProtocol());

/** An ordinary HTTP guard: it guards routes of controllers and handshakes of gateways alike. */
@ApiSecurity(findToken)
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<TokenSource & { user?: Claims }>();
    const token = findToken(request);
    if (token === null) throw new UnauthorizedException('Sign in first');
    try {
      request.user = await this.jwt.verifyAsync<Claims>(token);
    } catch {
      throw new UnauthorizedException('The token is not valid any more');
    }
    return true;
  }
}
