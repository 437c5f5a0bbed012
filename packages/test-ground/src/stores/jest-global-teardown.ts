export { closeRunStores as default } from './jest-global-setup.ts';
