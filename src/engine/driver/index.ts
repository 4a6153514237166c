/** What a driver may import: the npm export `coprhd/driver`. Nothing else of the engine is public. */
export { canonicalJson, hashOf, sha256Hex } from '../../lib/canonical-json.ts';
export { Redacted } from '../../lib/redacted.ts';
export { nearest } from '../../lib/suggest.ts';
export * from './changes-contract.ts';
export * from './contract.ts';
export * from './copies-contract.ts';
export * from './errors.ts';
export * from './mirrors-contract.ts';
export * from './network-contract.ts';
export * from './session.ts';
export * from './surprise.ts';
