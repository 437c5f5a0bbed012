/** The address for customers' API requests, as the server wrote it into the page; without a slash at its end. */
export function readGatewayUrl(): string {
  const written = document.querySelector<HTMLMetaElement>('meta[name="engagetrack-gateway"]')?.content ?? '';
  return written.replace(/\/+$/, '');
}
