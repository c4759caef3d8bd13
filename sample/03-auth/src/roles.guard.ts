import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Connection } from 'nestwire';
import type { Claims } from './claims.js';
import type { Role } from './users.service.js';

const ROLES = 'roles';

/** Who may call a message handler or a route; without it everyone who is signed in. */
export const Roles = (...roles: Role[]): MethodDecorator => SetMetadata(ROLES, roles);

/** Runs for every message: a role that was taken away with a new token counts at once. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<Role[] | undefined>(ROLES, context.getHandler());
    return roles === undefined || roles.includes(claimsOf(context).role);
  }
}

function claimsOf(context: ExecutionContext): Claims {
  return context.getType() === 'ws'
    ? (context.switchToWs().getClient<Connection>().user as Claims)
    : context.switchToHttp().getRequest<{ user: Claims }>().user;
}
