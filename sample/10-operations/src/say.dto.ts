import { IsString, Length } from 'class-validator';

/** What somebody says. */
export class SayDto {
  @IsString()
  @Length(1, 200)
  text!: string;
}
