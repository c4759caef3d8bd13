import { IsString, Length } from 'class-validator';

export class PostDto {
  @IsString()
  @Length(1, 140)
  text!: string;
}
