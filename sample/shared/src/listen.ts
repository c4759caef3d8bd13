import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';

const DEFAULT_PORT = 3000;

/**
 * Listens on `PORT`, 3000 unless it is set, and says where the page is. When that fails it says why,
 * closes the application and leaves exit code 1.
 * @param sample name of its folder
 * @param title what a reader knows it by
 * @param hint said behind the address
 */
export async function listen(
  app: INestApplication,
  sample: string,
  title: string,
  hint?: string,
): Promise<void> {
  try {
    const server = await app.listen(Number(process.env['PORT'] ?? DEFAULT_PORT));
    const { port } = server.address() as AddressInfo;
    const behind = hint === undefined ? '' : ` (${hint})`;
    console.log(`\n${title}: http://localhost:${port}${behind}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`\nCannot start the ${title.toLowerCase()}: ${reason}`);
    console.error(`Another port: PORT=3001 npm run sample ${sample}\n`);
    await app.close();
    process.exitCode = 1;
  }
}
