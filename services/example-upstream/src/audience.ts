import { drawBetween } from './draw.ts';
import type { Site } from './site.ts';

/** Sources and devices of visitors: weights that are typical of such audiences, varied a little for each site. */

export interface Source {
  readonly source: string;
  readonly channel: string;
  readonly weight: number;
}

export interface Device {
  readonly device: 'desktop' | 'mobile' | 'tablet';
  readonly weight: number;
}

export interface Country {
  readonly country_code: string;
  readonly country: string;
  readonly weight: number;
}

export interface Browser {
  readonly browser: string;
  readonly os: string;
  readonly weight: number;
}

const sources: readonly Source[] = [
  { source: 'Direct', channel: 'Direct', weight: 310 },
  { source: 'Google', channel: 'Organic Search', weight: 265 },
  { source: 'Bing', channel: 'Organic Search', weight: 38 },
  { source: 'DuckDuckGo', channel: 'Organic Search', weight: 29 },
  { source: 'Ecosia', channel: 'Organic Search', weight: 8 },
  { source: 'Brave Search', channel: 'Organic Search', weight: 7 },
  { source: 'Google Ads', channel: 'Paid Search', weight: 62 },
  { source: 'Microsoft Ads', channel: 'Paid Search', weight: 11 },
  { source: 'LinkedIn', channel: 'Organic Social', weight: 34 },
  { source: 'X', channel: 'Organic Social', weight: 27 },
  { source: 'Reddit', channel: 'Organic Social', weight: 24 },
  { source: 'Facebook', channel: 'Organic Social', weight: 19 },
  { source: 'YouTube', channel: 'Organic Social', weight: 16 },
  { source: 'Instagram', channel: 'Organic Social', weight: 13 },
  { source: 'Mastodon', channel: 'Organic Social', weight: 4 },
  { source: 'Meta Ads', channel: 'Paid Social', weight: 21 },
  { source: 'LinkedIn Ads', channel: 'Paid Social', weight: 9 },
  { source: 'Newsletter', channel: 'Email', weight: 47 },
  { source: 'Onboarding email', channel: 'Email', weight: 18 },
  { source: 'Hacker News', channel: 'Referral', weight: 17 },
  { source: 'GitHub', channel: 'Referral', weight: 15 },
  { source: 'Product Hunt', channel: 'Referral', weight: 8 },
  { source: 'Wikipedia', channel: 'Referral', weight: 5 },
  { source: 'Stack Overflow', channel: 'Referral', weight: 4 },
];

const devices: readonly Device[] = [
  { device: 'desktop', weight: 56 },
  { device: 'mobile', weight: 40 },
  { device: 'tablet', weight: 4 },
];

const countries: readonly Country[] = [
  { country_code: 'US', country: 'United States', weight: 312 },
  { country_code: 'GB', country: 'United Kingdom', weight: 96 },
  { country_code: 'DE', country: 'Germany', weight: 88 },
  { country_code: 'CA', country: 'Canada', weight: 54 },
  { country_code: 'FR', country: 'France', weight: 51 },
  { country_code: 'IN', country: 'India', weight: 47 },
  { country_code: 'NL', country: 'Netherlands', weight: 39 },
  { country_code: 'AU', country: 'Australia', weight: 34 },
  { country_code: 'ES', country: 'Spain', weight: 28 },
  { country_code: 'BR', country: 'Brazil', weight: 26 },
  { country_code: 'IT', country: 'Italy', weight: 24 },
  { country_code: 'SE', country: 'Sweden', weight: 21 },
  { country_code: 'PL', country: 'Poland', weight: 19 },
  { country_code: 'CH', country: 'Switzerland', weight: 17 },
  { country_code: 'JP', country: 'Japan', weight: 16 },
  { country_code: 'BE', country: 'Belgium', weight: 14 },
  { country_code: 'AT', country: 'Austria', weight: 12 },
  { country_code: 'DK', country: 'Denmark', weight: 11 },
  { country_code: 'IE', country: 'Ireland', weight: 10 },
  { country_code: 'NO', country: 'Norway', weight: 9 },
  { country_code: 'PT', country: 'Portugal', weight: 8 },
  { country_code: 'SG', country: 'Singapore', weight: 8 },
  { country_code: 'MX', country: 'Mexico', weight: 7 },
  { country_code: 'FI', country: 'Finland', weight: 7 },
  { country_code: 'NZ', country: 'New Zealand', weight: 6 },
  { country_code: 'CZ', country: 'Czechia', weight: 6 },
  { country_code: 'ZA', country: 'South Africa', weight: 5 },
  { country_code: 'KR', country: 'South Korea', weight: 5 },
  { country_code: 'AR', country: 'Argentina', weight: 4 },
  { country_code: 'KE', country: 'Kenya', weight: 3 },
];

const browsersByDevice: Readonly<Record<Device['device'], readonly Browser[]>> = {
  desktop: [
    { browser: 'Chrome', os: 'Windows', weight: 34 },
    { browser: 'Chrome', os: 'macOS', weight: 22 },
    { browser: 'Safari', os: 'macOS', weight: 15 },
    { browser: 'Edge', os: 'Windows', weight: 14 },
    { browser: 'Firefox', os: 'Windows', weight: 8 },
    { browser: 'Firefox', os: 'Linux', weight: 7 },
  ],
  mobile: [
    { browser: 'Safari', os: 'iOS', weight: 49 },
    { browser: 'Chrome', os: 'Android', weight: 43 },
    { browser: 'Samsung Internet', os: 'Android', weight: 8 },
  ],
  tablet: [
    { browser: 'Safari', os: 'iPadOS', weight: 71 },
    { browser: 'Chrome', os: 'Android', weight: 29 },
  ],
};

export function sourcesOf(site: Site): readonly Source[] {
  return sources.map((row) => ({ ...row, weight: bend(site, row.source, row.weight) }));
}

export function devicesOf(site: Site): readonly Device[] {
  return devices.map((row) => ({ ...row, weight: bend(site, row.device, row.weight) }));
}

export function countriesOf(site: Site): readonly Country[] {
  return countries.map((row) => ({ ...row, weight: bend(site, row.country_code, row.weight) }));
}

export function browsersOn(device: Device['device']): readonly Browser[] {
  return browsersByDevice[device];
}

function bend(site: Site, name: string, weight: number): number {
  return weight * drawBetween(0.7, 1.4, site.key, name, 'weight');
}
