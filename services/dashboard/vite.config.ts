import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { themeVariablesCss } from './src/client/theme-variables.ts';

const themeVariablesId = 'virtual:theme-variables.css';
const resolvedThemeVariablesId = `\0${themeVariablesId}`;

/** The theme's CSS variables as a static file: the page's policy allows no style element that a script writes. */
const themeVariables: Plugin = {
  name: 'theme-variables',
  resolveId: (id) => (id === themeVariablesId ? resolvedThemeVariablesId : undefined),
  load: (id) => (id === resolvedThemeVariablesId ? themeVariablesCss() : undefined),
};

const { DEV_PORT = '5173', DASHBOARD_PORT = '3000', GATEWAY_PORT = '8080' } = process.env;

/** The value that the dashboard's server writes into the page (serve-assets.ts). */
const gatewayUrl: Plugin = {
  name: 'gateway-url',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace('__GATEWAY_URL__', `http://localhost:${GATEWAY_PORT}`),
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), themeVariables, gatewayUrl],
  // `npm run dev`. The Host field stays the browser's, so that the dashboard's server sees its own origin.
  server: {
    port: Number(DEV_PORT),
    strictPort: true,
    proxy: { '/api': { target: `http://127.0.0.1:${DASHBOARD_PORT}`, changeOrigin: false } },
  },
  // Workspace packages are read from their sources, so that no build of them can be out of date.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  build: {
    outDir: 'dist/client',
    emptyOutDir: true,
    // Nothing is inlined: the policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rolldownOptions: {
      // One file keeps the order: zod must not try `new Function` before the first schema is made.
      output: { codeSplitting: { groups: [{ name: 'schemas', test: /zod|packages[\\/]contracts/ }] } },
    },
  },
});
