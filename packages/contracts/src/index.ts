export * from './announcements.ts';
export * from './identity-headers.ts';
export * from './ids.ts';
export * from './introspection.ts';
export * from './key-service-shapes.ts';
export * from './plans.ts';
export * from './problems.ts';
export * from './scopes.ts';
