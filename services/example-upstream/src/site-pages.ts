import { draw, drawBetween } from './draw.ts';
import type { Site } from './site.ts';

export interface SitePage {
  readonly path: string;
  readonly title: string;
  /** The page's share of all page views. */
  readonly weight: number;
}

const mainPaths = [
  '/',
  '/pricing',
  '/features',
  '/blog',
  '/docs',
  '/signup',
  '/about',
  '/login',
  '/contact',
  '/customers',
  '/integrations',
  '/changelog',
  '/careers',
  '/security',
  '/terms',
  '/privacy',
];
const blogOpenings = [
  'how-to-measure',
  'a-guide-to',
  'rethinking',
  'five-lessons-on',
  'the-cost-of',
  'getting-started-with',
  'notes-on',
];
const blogSubjects = [
  'retention',
  'onboarding',
  'pricing-pages',
  'page-speed',
  'newsletters',
  'checkout',
  'search-traffic',
  'landing-pages',
  'churn',
  'privacy',
  'launches',
  'word-of-mouth',
];
const docsSections = ['start', 'api', 'events', 'goals', 'funnels', 'exports'];
const docsSubjects = ['overview', 'installation', 'configuration', 'examples', 'limits', 'errors', 'troubleshooting'];

/** Popularity falls with rank as 1 / rank ** exponent, as page views on the web do (Zipf's law). */
const zipfExponent = 1.05;

const mainPageStep = 0.03;

const everyPath: readonly string[] = [
  ...mainPaths,
  ...blogOpenings.flatMap((opening) => blogSubjects.map((subject) => `/blog/${opening}-${subject}`)),
  ...docsSections.flatMap((section) => docsSubjects.map((subject) => `/docs/${section}/${subject}`)),
];

/** A site's pages, the most popular first. The front page always leads; the other pages and their rank are drawn. */
export function pagesOf(site: Site): readonly SitePage[] {
  const kept = everyPath.filter((path) => mainPaths.includes(path) || draw(site.key, path, 'exists') < 0.75);
  return kept
    .map((path) => ({ path, order: path === '/' ? -1 : orderOf(site, path) }))
    .sort((left, right) => left.order - right.order)
    .map(({ path }, index) => ({ path, title: titleOf(path), weight: 1 / (index + 1) ** zipfExponent }));
}

/** The main pages lead in about the order of their list; articles and documentation mix in after the first of them. */
function orderOf(site: Site, path: string): number {
  const place = mainPaths.indexOf(path);
  return place === -1
    ? drawBetween(0.2, 1, site.key, path, 'rank')
    : place * mainPageStep + drawBetween(0, 0.12, site.key, path, 'rank');
}

function titleOf(path: string): string {
  if (path === '/') return 'Home';
  const words = path.split('/').slice(-2).join(' ').replaceAll('-', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
