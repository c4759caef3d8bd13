import { IsString, MaxLength } from 'class-validator';

export class CredentialsDto {
  @IsString()
  @MaxLength(64)
  name!: string;

  // scrypt is meant to be slow: what it has to chew must have a bound.
  @IsString()
  @MaxLength(128)
  password!: string;
}
