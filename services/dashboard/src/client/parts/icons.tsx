import type { ReactNode } from 'react';

interface IconProps {
  /** Pixels. */
  readonly size?: number;
}

/** Pictures beside words: never the only bearer of a meaning, so screen readers skip them. */
function icon(drawing: ReactNode) {
  return function Icon({ size = 16 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.8}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </>,
);
export const DotsIcon = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={3} />);
export const CopyIcon = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15V6a2 2 0 0 1 2-2h9" />
  </>,
);
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.5L19 7.5" />);
export const KeyIcon = icon(
  <>
    <circle cx="8" cy="15.5" r="4" />
    <path d="m11 12.5 8-8M16 7.5l2.5 2.5M13.5 10l2 2" />
  </>,
);
export const CardIcon = icon(
  <>
    <rect x="3" y="5.5" width="18" height="13" rx="2" />
    <path d="M3 10h18M7 15h3" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5V12l3 2" />
  </>,
);
export const WarningIcon = icon(<path d="M12 4 2.8 19.5h18.4L12 4ZM12 10v4M12 17h.01" />);
export const LockIcon = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
);
export const PauseIcon = icon(<path d="M9 6v12M15 6v12" />);
export const CrossIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const CircleIcon = icon(<circle cx="12" cy="12" r="4" fill="currentColor" />);
export const ChevronIcon = icon(<path d="m7 10 5 5 5-5" />);
export const UpDownIcon = icon(<path d="m8 9.5 4-4 4 4M8 14.5l4 4 4-4" />);
export const ArrowUpIcon = icon(<path d="M12 19V5m-5.5 5.5L12 5l5.5 5.5" />);
export const ArrowDownIcon = icon(<path d="M12 5v14m-5.5-5.5L12 19l5.5-5.5" />);
export const BookIcon = icon(
  <path d="M12 6.5C10.500 5 8 4.500 4 4.500v13c4 0 6.500.500 8 2 1.500-1.500 4-2 8-2v-13c-4 0-6.500.500-8 2Zm0 0v13" />,
);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8.5" r="3.5" />
    <path d="M5 20c.8-3.6 3.5-5.5 7-5.5s6.200 1.900 7 5.500" />
  </>,
);
export const PlayIcon = icon(<path d="M8 5.500v13l10.500-6.500L8 5.500Z" />);
