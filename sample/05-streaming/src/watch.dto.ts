import { IsIn } from 'class-validator';
import { SYMBOLS } from './prices.service.js';

export class WatchDto {
  @IsIn(SYMBOLS)
  symbol!: string;
}
