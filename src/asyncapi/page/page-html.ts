/** Where the page finds what it needs, as seen from it. */
interface PageAddresses {
  readonly assets: string;
  readonly document: string;
}

/**
 * What the page may load, and from where: nothing but this server. The component compiles schemas as soon as it is
 * loaded, and does not load where `eval` is forbidden.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self'",
  'img-src data:',
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

export function pageHtml({ assets, document }: PageAddresses): string {
  const [folder, link] = [attribute(assets), attribute(document)];
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>AsyncAPI</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${folder}component.css">
    <link rel="stylesheet" href="${folder}page.css">
    <script src="${folder}component.js" defer></script>
    <script src="${folder}page.js" type="module"></script>
  </head>
  <body>
    <noscript>This page needs JavaScript. The document itself: <a href="${link}">${link}</a></noscript>
    <div id="asyncapi" data-document="${link}"></div>
  </body>
</html>
`;
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
