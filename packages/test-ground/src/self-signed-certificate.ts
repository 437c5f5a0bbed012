import { isIP } from 'node:net';

/** PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** A name or an IP address. */
  readonly host: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate of a P-256 key that is its own authority. */
export async function createSelfSignedCertificate(options: CertificateOptions): Promise<Certificate> {
  const { host, notBefore, notAfter } = options;
  // Loaded here alone: it takes a sixth of a second, and one test in a hundred needs it.
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host }] },
    ],
  });
  return { key, cert };
}
