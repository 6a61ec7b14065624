export { isAllowedLicence, licenceNamed, licenceOf, permissiveLicences } from './licence.ts';
export { markUntrusted } from './mark-untrusted.ts';
export type { UntrustedSource } from './mark-untrusted.ts';
export { createProvenance } from './provenance.ts';
export type { Copied, OutsideText, Provenance, ProvenanceOptions } from './provenance.ts';
