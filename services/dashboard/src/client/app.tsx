import { lazy, Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { ApiKeysPage } from './api-keys/api-keys-page.tsx';
import { LogInPage } from './session/log-in-page.tsx';
import { firstPath } from './session/next-path.ts';
import { SessionGate, useMember } from './session/session-gate.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { SettingsLayout } from './shell/settings-layout.tsx';

const BillingPage = lazy(async () => ({ default: (await import('./billing/billing-page.tsx')).BillingPage }));
const ApiKeysDocsPage = lazy(async () => ({
  default: (await import('./docs/api-keys-docs-page.tsx')).ApiKeysDocsPage,
}));

/** Every address of the application. */
export function App() {
  return (
    <Suspense>
      <Routes>
        <Route path="/login" element={<LogInPage />} />
        <Route element={<SessionGate />}>
          <Route element={<SettingsLayout />}>
            <Route path="/settings/api-keys" element={<ForOrganization page={ApiKeysPage} />} />
            <Route path="/settings/billing" element={<ForOrganization page={BillingPage} />} />
            <Route path="/docs/api-keys" element={<ForOrganization page={ApiKeysDocsPage} />} />
          </Route>
        </Route>
        <Route path="/" element={<Navigate to={firstPath} replace />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  );
}

/** A page starts afresh for another organization, so that it shows nothing of the one before. */
function ForOrganization({ page: Page }: { readonly page: React.ComponentType }) {
  const { organization } = useMember();
  return (
    <Suspense>
      <Page key={organization.id} />
    </Suspense>
  );
}
