import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { resolveVariables, theme } from './theme.ts';

/** The variables that MantineProvider would write into a style element; the build writes them into a file. */
export function themeVariablesCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const usual = defaultCssVariablesResolver(merged);
  const own = resolveVariables(merged);
  return convertCssVariables({
    variables: { ...usual.variables, ...own.variables },
    light: { ...usual.light, ...own.light },
    dark: { ...usual.dark, ...own.dark },
  });
}
