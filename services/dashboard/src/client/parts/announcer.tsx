import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

/** Tells a screen reader of a change that the page alone would not announce; politely, after the text being read. */
type Announce = (text: string) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [announced, setAnnounced] = useState({ text: '', count: 0 });
  const announce = useCallback<Announce>((text) => setAnnounced(({ count }) => ({ text, count: count + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" aria-live="polite" className="visually-hidden">
        {/* A new element each time, so that a repeated text is read out again. */}
        <span key={announced.count}>{announced.text}</span>
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
