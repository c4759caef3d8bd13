import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { IsInt, IsString, Length } from 'class-validator';

/** What a client sends with `echo`. */
export class EchoDto {
  @IsString()
  @Length(1, 2000)
  text!: string;

  @IsInt()
  number!: number;
}

/** Looks at the message, as a guard does, and lets it pass. */
@Injectable()
export class EchoGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getData<EchoDto>() !== undefined;
  }
}

/** What both kinds of servers are asked for; see host.mjs. */
export interface NestTask {
  readonly guarded?: boolean;
}
