import './zod-without-eval.ts';
import './styles/index.ts';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { createQueryClient } from './api/queries.ts';
import { App } from './app.tsx';
import { AnnouncerProvider } from './parts/announcer.tsx';
import { CrashPage } from './shell/crash-page.tsx';
import { theme } from './theme.ts';
import { ClockProvider, createClock } from './time/clock.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element to render into');

createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <CrashPage>
      <ClockProvider clock={createClock(Date.now)}>
        <QueryClientProvider client={createQueryClient()}>
          <AnnouncerProvider>
            {/* A change of the address renders at once; slow components defer their own work. */}
            <BrowserRouter useTransitions={false}>
              <App />
            </BrowserRouter>
          </AnnouncerProvider>
        </QueryClientProvider>
      </ClockProvider>
    </CrashPage>
  </MantineProvider>,
);
