export { createExampleUpstream, type ExampleUpstreamParts } from './create-example-upstream.ts';
export { exampleUpstreamFields } from './environment.ts';
