/** Lines of the RASLOG, as Fabric OS writes them: time in UTC, message id, sequence, FID, severity, switch, text. */
import { type FosFabric, type FosState, localSwitch, withFabric } from './model.ts';

const LINES_MAX = 1_024;

export interface RaslogMessage {
  readonly id: string;
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  readonly text: string;
}

const two = (value: number): string => String(value).padStart(2, '0');

const DAY_MS = 86_400_000;

/** Civil date of a day since 1970, by Howard Hinnant's `civil_from_days`. */
function civilDate(day: number): readonly [year: number, month: number, day: number] {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return [year, month, ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1];
}

/** `2026/05/13-01:15:39`. */
export function raslogTime(nowMs: number): string {
  const [year, month, day] = civilDate(Math.floor(nowMs / DAY_MS));
  const seconds = Math.floor((nowMs % DAY_MS) / 1_000);
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${year}/${two(month)}/${two(day)}-${clock}`;
}

/** The state with the line in the fabric's log, and the line. */
export function logged(
  state: FosState,
  fabric: FosFabric,
  { id, severity, text }: RaslogMessage,
  nowMs: number,
): { readonly state: FosState; readonly line: string } {
  const { name } = localSwitch(fabric);
  const sequence = state.counter + 1;
  const line = `${raslogTime(nowMs)}, [${id}], ${sequence}, FID ${fabric.fid}, ${severity}, ${name}, ${text}`;
  const raslog = [...fabric.raslog, line].slice(-LINES_MAX);
  return { state: withFabric({ ...state, counter: sequence }, { ...fabric, raslog }), line };
}
