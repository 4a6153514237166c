/** What zones of each style are made of, and which of them grow when paths are added. */
import type { ZoneKind } from '../driver/network-contract.ts';
import type { ZoneStyle } from '../model/specs.ts';
import { isNamedFor, type ZonePurpose } from './names.ts';
import { grouped, type Reach, type Rectangle, split } from './rectangles.ts';
import type { MaskPaths, OurZone, ZonedPath, ZoningContext } from './types.ts';

export interface Style {
  readonly kind: ZoneKind;
  readonly initiatorRole?: 'initiator';
  readonly portRole?: 'principal' | 'target';
  /** The zones that these paths take. */
  zonesFor(reach: Reach, membersMax: number): readonly Rectangle[];
  purpose(rectangle: Rectangle, paths: readonly ZonedPath[]): ZonePurpose;
  /** `undefined`: a zone of this style never does. */
  readonly grows?: {
    readonly initiatorsToo: boolean;
    isOfStyle(context: ZoningContext, mask: MaskPaths, zone: OurZone, rectangle: Rectangle): boolean;
  };
}

const each = (reach: Reach): Rectangle[] =>
  [...reach].map(([initiator, ports]) => ({ initiators: [initiator], ports: [...ports] }));

const together = (style: 'peer' | 'smart'): Pick<Style, 'kind' | 'zonesFor' | 'purpose' | 'grows'> => ({
  kind: style,
  zonesFor: (reach, membersMax) => grouped(reach).flatMap((group) => split(group, membersMax)),
  purpose: () => ({ style }),
  grows: { initiatorsToo: true, isOfStyle: (_context, _mask, { kind }) => kind === style },
});

export const STYLES: Record<ZoneStyle, Style> = {
  pair: {
    kind: 'standard',
    zonesFor: (reach) =>
      each(reach).flatMap(({ initiators, ports }) => ports.map((port) => ({ initiators, ports: [port] }))),
    purpose: ({ initiators: [initiator = ''], ports }, paths) => {
      const port = paths.find((path) => path.port === ports[0]);
      return { style: 'pair', initiator, ...(port ? { port } : {}) };
    },
  },
  'single-initiator': {
    kind: 'standard',
    zonesFor: (reach, membersMax) => each(reach).flatMap((rectangle) => split(rectangle, membersMax)),
    purpose: ({ initiators: [initiator = ''] }) => ({ style: 'single-initiator', initiator }),
    grows: {
      initiatorsToo: false,
      // A zone of one pair looks the same, and stays one after the style was changed.
      isOfStyle: (context, { mask }, { kind, zoneName }, { initiators }) =>
        kind === 'standard' &&
        isNamedFor(context, mask, { style: 'single-initiator', initiator: initiators[0]! }, zoneName),
    },
  },
  peer: { ...together('peer'), portRole: 'principal' },
  smart: { ...together('smart'), initiatorRole: 'initiator', portRole: 'target' },
};
