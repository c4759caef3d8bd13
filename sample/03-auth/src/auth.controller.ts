import {
  Body,
  Controller,
  HttpCode,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Claims } from './claims.js';
import { CredentialsDto } from './credentials.dto.js';
import { JwtGuard } from './jwt.guard.js';
import { Users, type User } from './users.service.js';

interface Login {
  readonly token: string;
  readonly name: string;
  readonly role: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Signing in is plain HTTP; what comes out of it opens the WebSocket. */
@Controller()
export class AuthController {
  constructor(
    private readonly users: Users,
    private readonly jwt: JwtService,
  ) {}

  @Post('login')
  @HttpCode(200)
  async login(@Body() { name, password }: CredentialsDto): Promise<Login> {
    const user = await this.users.check(name, password);
    if (user === undefined) throw new UnauthorizedException('The name or the password is wrong');
    return this.sign(user);
  }

  /** A token that is still good buys the next one. */
  @Post('renew')
  @HttpCode(200)
  @UseGuards(JwtGuard)
  renew(@Req() { user }: { user: Claims }): Login {
    return this.sign({ name: user.sub, role: user.role });
  }

  private sign({ name, role }: User): Login {
    const token = this.jwt.sign({ role }, { subject: name });
    const { exp } = this.jwt.decode<Claims>(token);
    return { token, name, role, expiresAt: exp * 1_000 };
  }
}
