import { Module } from '@nestjs/common';
import { PageModule } from '../../shared/src/page.module.js';
import { AppModule } from './app.module.js';

/** The quick start as it stands in the README, and a page to try it. */
@Module({ imports: [AppModule, PageModule.of('01-first-gateway')] })
export class PageAppModule {}
