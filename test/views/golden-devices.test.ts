import { deviceRotateView } from '../../src/views/device-rotation.ts';
import { FINISHED, ROTATED } from './fixtures/devices.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('device-rotate', deviceRotateView, ROTATED),
  view('device-rotate-finish', deviceRotateView, FINISHED),
]);
