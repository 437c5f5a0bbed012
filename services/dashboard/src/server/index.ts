export { readAssets } from './assets-folder.ts';
export { createDashboard, type Dashboard, type DashboardParts } from './create-dashboard.ts';
export { dashboardFields } from './environment.ts';
