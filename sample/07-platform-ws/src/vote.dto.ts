import { IsString, MaxLength } from 'class-validator';

export class Vote {
  @IsString()
  @MaxLength(32)
  option!: string;
}
