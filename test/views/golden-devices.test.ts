import { deviceListView } from '../../src/views/device.ts';
import { deviceRotateView } from '../../src/views/device-rotation.ts';
import { registrationView } from '../../src/views/registration.ts';
import { DEREGISTERED, DEVICES, FINISHED, REGISTERED, ROTATED } from './fixtures/devices.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('device-list', deviceListView, DEVICES),
  view('device-rotate', deviceRotateView, ROTATED),
  view('device-rotate-finish', deviceRotateView, FINISHED),
  view('pool-deregister', registrationView, DEREGISTERED),
  view('port-register', registrationView, REGISTERED),
]);
