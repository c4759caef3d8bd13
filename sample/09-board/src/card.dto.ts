import { IsIn, IsString, Length } from 'class-validator';
import type { Column } from './board.contract.js';

export class AddDto {
  @IsString()
  @Length(1, 80)
  title!: string;
}

export class AttachDto {
  @IsString()
  @Length(1, 16)
  id!: string;

  @IsString()
  @Length(1, 255)
  name!: string;
}

export class MoveDto {
  @IsString()
  @Length(1, 16)
  id!: string;

  @IsIn(['todo', 'doing', 'done'])
  column!: Column;
}
