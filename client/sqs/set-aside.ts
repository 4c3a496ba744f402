// Which of a sender's attributes a copy sets aside where SQS's ten leave no place for them. Pure.
import {
  formatJourney,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
  type NamedAttribute,
} from '../contract/journey.ts';
import { attributeBytes } from './limits.ts';

/** A sender's attributes: those that a copy carries as they are, and those that ride in its journey. */
export interface SharedOut {
  readonly kept: readonly (readonly [name: string, MessageAttribute])[];
  readonly setAside: readonly NamedAttribute[];
}

/**
 * Where there are more attributes than places, the smallest are set aside, since they grow as JSON.
 *
 * @param places how many of the ten attributes that SQS takes are left to the sender's
 */
export function shareOut(attributes: ReadonlyMap<string, MessageAttribute>, places: number): SharedOut {
  const bySize = [...attributes].sort((a, b) => attributeBytes(...b) - attributeBytes(...a));
  return {
    kept: bySize.slice(0, places),
    setAside: bySize.slice(places).map(([name, attribute]) => ({ name, ...attribute })),
  };
}

/**
 * The attributes of a copy: the sender's, and the journey, in which those ride for which there is no place.
 *
 * @param places how many of the ten attributes that SQS takes are left to the sender's
 */
export function withJourney(
  attributes: ReadonlyMap<string, MessageAttribute>,
  journey: Journey,
  places: number,
): Map<string, MessageAttribute> {
  const { kept, setAside } = shareOut(attributes, places);
  const stringValue = formatJourney(setAside.length > 0 ? { ...journey, setAside } : journey);
  return new Map([...kept, [JOURNEY_ATTRIBUTE, { dataType: 'String', stringValue }]]);
}
