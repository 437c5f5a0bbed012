import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateWish {
  readonly host: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate that is its own authority (RFC 5280, in DER), valid whenever one likes. */
export function createSelfSignedCertificate({ host, notBefore, notAfter }: CertificateWish): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(objectId(commonName), der(0x0c, Buffer.from(host)))));
  const algorithm = sequence(objectId(ecdsaWithSha256));
  const content = sequence(
    der(0xa0, integer(2)),
    integer(1),
    algorithm,
    name,
    sequence(generalizedTime(notBefore), generalizedTime(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(subjectAlternativeName, sequence(der(0x82, Buffer.from(host)))),
        extension(basicConstraints, sequence(der(0x01, Buffer.from([0xff])))),
      ),
    ),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]));
  const certificate = sequence(content, algorithm, signature);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
  };
}

/** Object identifiers, already encoded. */
const commonName = [0x55, 0x04, 0x03];
const subjectAlternativeName = [0x55, 0x1d, 0x11];
const basicConstraints = [0x55, 0x1d, 0x13];
const ecdsaWithSha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
  return der(0x31, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

function objectId(encoded: readonly number[]): Buffer {
  return der(0x06, Buffer.from(encoded));
}

function generalizedTime(instant: Date): Buffer {
  return der(0x18, Buffer.from(`${instant.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(objectId(id), der(0x04, value));
}
