import classes from './logo.module.css';

/** The product's name with its mark. */
export function Logo() {
  return (
    <span className={classes.logo}>
      <svg viewBox="0 0 32 32" width={28} height={28} aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" className={classes.ground} />
        <path d="M8 22V15M14 22V9M20 22v-9" stroke="#fff" strokeWidth={3} strokeLinecap="round" />
        <circle cx="25" cy="10" r="2.400" fill="#a5f3d0" />
      </svg>
      <span className={classes.name}>EngageTrack</span>
    </span>
  );
}
