import { Button, type CSSVariablesResolver, createTheme, InputWrapper, type MantineColorsTuple } from '@mantine/core';

/** The product's own blue-violet: shade 7 carries white text at 6.3:1, shade 3 stands on the dark surface at 8:1. */
const iris: MantineColorsTuple = [
  '#eef0ff',
  '#dfe2ff',
  '#c3c8ff',
  '#a5acfb',
  '#868ef4',
  '#6b72ea',
  '#575cdf',
  '#4a4bc9',
  '#3c3da3',
  '#2f307f',
];

/** Shades 6 and 7 carry white text at 5:1 and more, which the library's own red does not. */
const red: MantineColorsTuple = [
  '#fdebeb',
  '#fbd5d5',
  '#f6aeae',
  '#ff9b9b',
  '#ef6b6b',
  '#dd4a4a',
  '#c93434',
  '#c02626',
  '#a31f1f',
  '#861919',
];

/** The dark scheme's greys lean towards the product's blue; shades 5 to 7 are fields, menus and surfaces. */
const dark: MantineColorsTuple = [
  '#e7e9ee',
  '#c5cad4',
  '#a0a8b6',
  '#8b93a2',
  '#3a4150',
  '#2a303c',
  '#1b1f27',
  '#161920',
  '#101319',
  '#0b0d11',
];

/** One weight and size for the labels of every kind of field. */
const label = { fontSize: '0.875rem', fontWeight: 550, marginBottom: '0.3125rem' };

export const theme = createTheme({
  colors: { dark, iris, red },
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 6 },
  fontFamily:
    "'Inter', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ styles: { root: { fontWeight: 550 } } }),
    InputWrapper: InputWrapper.extend({ styles: { label } }),
  },
});

/** Values of both colour schemes; every pair of text and ground has at least 4.5:1 (WCAG 2.2, 1.4.3). */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f7f9',
    '--mantine-color-text': '#1a1d24',
    '--mantine-color-dimmed': '#565e6c',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#c02626',
    '--mantine-color-default-border': '#cfd4dc',
    '--mantine-color-disabled': '#e9ecf1',
    '--mantine-color-disabled-color': '#6b7280',
    '--et-surface': '#ffffff',
    '--et-surface-sunken': '#f6f7f9',
    '--et-surface-hover': '#f4f5fa',
    '--et-border': '#e2e5ea',
    '--et-border-strong': '#868e9c',
    '--et-accent-text': '#4a4bc9',
    '--et-accent-ground': '#eef0ff',
    '--et-good-text': '#0b6e4f',
    '--et-good-ground': '#e3f5ec',
    '--et-caution-text': '#8a4b00',
    '--et-caution-ground': '#fdf1dc',
    '--et-danger-text': '#b42222',
    '--et-danger-ground': '#fdebeb',
    '--et-shadow': '0 1px 2px rgb(16 24 40 / 6%), 0 1px 3px rgb(16 24 40 / 4%)',
    '--et-shadow-raised': '0 20px 40px -12px rgb(16 24 40 / 28%), 0 4px 12px rgb(16 24 40 / 8%)',
    '--et-backdrop': 'rgb(17 20 28 / 48%)',
  },
  dark: {
    '--mantine-color-body': '#0e1014',
    '--mantine-color-text': '#e7e9ee',
    '--mantine-color-dimmed': '#a0a8b6',
    '--mantine-color-placeholder': '#8b93a2',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-default': '#1b1f27',
    '--mantine-color-default-hover': '#232833',
    '--mantine-color-default-border': '#3a4150',
    '--mantine-color-disabled': '#20242d',
    '--mantine-color-disabled-color': '#8b93a2',
    '--et-surface': '#161920',
    '--et-surface-sunken': '#101319',
    '--et-surface-hover': '#1b1f28',
    '--et-border': '#272c36',
    '--et-border-strong': '#6d7585',
    '--et-accent-text': '#a5acfb',
    '--et-accent-ground': '#23264a',
    '--et-good-text': '#6fd3a8',
    '--et-good-ground': '#12301f',
    '--et-caution-text': '#f2bd66',
    '--et-caution-ground': '#37270d',
    '--et-danger-text': '#ff9b9b',
    '--et-danger-ground': '#3a1717',
    '--et-shadow': '0 1px 2px rgb(0 0 0 / 40%)',
    '--et-shadow-raised': '0 24px 48px -12px rgb(0 0 0 / 70%), 0 0 0 1px #272c36',
    '--et-backdrop': 'rgb(4 5 8 / 66%)',
  },
});
