import { IsString, Length } from 'class-validator';

/** What a client sends with `say`. */
export class SayDto {
  /** Of its sender's choice: a line that was sent again is known by it. */
  @IsString()
  @Length(1, 100)
  key!: string;

  @IsString()
  @Length(1, 1000)
  text!: string;
}
