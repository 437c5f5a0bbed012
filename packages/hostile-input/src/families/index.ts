import type { Family } from '../hostile-input.ts';
import { credentials } from './credentials.ts';
import { disconnectedClients } from './disconnected-clients.ts';
import { framing } from './framing.ts';
import { heads } from './heads.ts';
import { keyService } from './key-service.ts';
import { pathLists } from './path-lists.ts';
import { paths } from './paths.ts';
import { pipelines } from './pipelines.ts';
import { splits } from './splits.ts';
import { spoofedHeaders } from './spoofed-headers.ts';
import { texts } from './texts.ts';
import { upstreamAnswers } from './upstream-answers.ts';

export const families: readonly Family[] = [
  ...[paths, pathLists, heads, spoofedHeaders, framing, pipelines, splits],
  ...[credentials, texts, upstreamAnswers, disconnectedClients, keyService],
];
