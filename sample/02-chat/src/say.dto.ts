import { IsString, Length } from 'class-validator';

/** What a client sends with `say`. */
export class SayDto {
  @IsString()
  @Length(1, 2000)
  text!: string;
}
