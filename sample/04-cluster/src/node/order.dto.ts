import { IsIn, IsInt, IsOptional } from 'class-validator';
import type { Action } from '../machine.js';

/** What a client sends with `order`. */
export class OrderDto {
  @IsIn(['kill', 'start'])
  action!: Action;

  /** The number of the node; left out for the broker. */
  @IsOptional()
  @IsInt()
  node?: number;
}
