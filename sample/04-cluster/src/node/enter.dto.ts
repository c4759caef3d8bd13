import { IsInt, IsOptional, IsString, Length } from 'class-validator';

/** What a client sends with `enter`: where it stopped, unless it is new. */
export class EnterDto {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  epoch?: string;

  @IsOptional()
  @IsInt()
  offset?: number;
}
