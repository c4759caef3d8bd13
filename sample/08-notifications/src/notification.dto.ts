import { IsString, Length, MaxLength } from 'class-validator';

/** Body of `POST /notify/:userId`. */
export class NotificationDto {
  @IsString()
  @Length(1, 80)
  title!: string;

  @IsString()
  @MaxLength(280)
  text: string = '';
}
