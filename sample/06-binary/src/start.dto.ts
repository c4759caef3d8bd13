import { IsInt, IsString, Length, Min } from 'class-validator';

export class StartDto {
  @IsString()
  @Length(1, 255)
  name!: string;

  @IsInt()
  @Min(0)
  size!: number;
}
