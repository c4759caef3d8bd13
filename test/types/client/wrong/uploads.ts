import { connect, connectLean, upload, type Client } from 'nestwire/client';
import { useUpload } from 'nestwire/react';

interface Pictures {
  uploads: {
    picture(data: { card: string }): { url: string };
    backup(): void;
  };
}

export async function wrong(file: Blob): Promise<string> {
  const pictures = connect<Pictures>('/pictures');
  await pictures.upload('pictrue', file, { card: 'a' });
  await pictures.upload('picture', file);
  await pictures.upload('picture', file, { crad: 'a' });
  await pictures.upload('picture', 'text', { card: 'a' });
  await pictures.upload('backup', file, { card: 'a' });
  await pictures.upload('backup', file, undefined, { onProgess: () => {} });
  await pictures.call('picture', { card: 'a' });
  await upload(connectLean<Pictures>('/pictures'), 'pictrue', file);
  const { ulr } = await pictures.upload('picture', file, { card: 'a' });
  return ulr;
}

export function useWrong(client: Client<Pictures>, file: Blob): number | undefined {
  useUpload(client, 'pictrue');
  const { run, data, progress } = useUpload(client, 'picture');
  void run(file);
  void run('text', { card: 'a' });
  return progress?.sent === 1 ? progress.total : data;
}
