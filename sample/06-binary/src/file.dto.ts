import { IsString, Length } from 'class-validator';

export class FileDto {
  @IsString()
  @Length(1, 255)
  name!: string;
}
