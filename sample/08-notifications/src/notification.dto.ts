import { IsString, Length, MaxLength } from 'class-validator';

/** Body of `POST /notify/:userId`. What is wrong with it is read by people: the page shows it as it is. */
export class NotificationDto {
  @IsString({ message: 'A title is text' })
  @Length(1, 80, { message: 'A title has 1 to 80 characters' })
  title!: string;

  @IsString({ message: 'A text is text' })
  @MaxLength(280, { message: 'A text has at most 280 characters' })
  text: string = '';
}
