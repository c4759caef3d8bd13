import { Module, type DynamicModule } from '@nestjs/common';
import { PageController } from './page.controller.js';
import { PageFiles } from './page-files.js';

/** Serves a sample's page at `/`; there is no build step behind it. */
@Module({})
export class PageModule {
  /** @param sample name of its folder, whose `public/` has an index.html */
  static of(sample: string): DynamicModule {
    return {
      module: PageModule,
      controllers: [PageController],
      providers: [{ provide: PageFiles, useValue: new PageFiles(sample) }],
    };
  }
}
