/** @returns whether the text is on the clipboard now; a browser refuses without TLS or the person's permission. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The keys that copy the selected text. */
export function copyKeys(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? 'Press ⌘C' : 'Press Ctrl+C';
}
