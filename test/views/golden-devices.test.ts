import { deviceListView } from '../../src/views/device.ts';
import { deviceRotateView } from '../../src/views/device-rotation.ts';
import { deviceScanView } from '../../src/views/device-scan.ts';
import { discoverView, driftView } from '../../src/views/drift.ts';
import { maintenanceView } from '../../src/views/maintenance.ts';
import { registrationView } from '../../src/views/registration.ts';
import {
  DEREGISTERED,
  DEVICES,
  DRIFTING,
  FINISHED,
  REGISTERED,
  RESTED,
  RESTING,
  ROTATED,
  SCANNED,
  SCANNED_PART,
} from './fixtures/devices.ts';
import { DISCOVERED } from './fixtures/results.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('device-list', deviceListView, DEVICES),
  view('device-maintenance', maintenanceView, RESTING),
  view('device-maintenance-end', maintenanceView, RESTED),
  view('drift-maintenance', driftView, DRIFTING),
  view('discover', discoverView, DISCOVERED),
  view('device-rotate', deviceRotateView, ROTATED),
  view('device-rotate-finish', deviceRotateView, FINISHED),
  view('device-scan', deviceScanView, SCANNED),
  view('device-scan-part', deviceScanView, SCANNED_PART),
  view('device-scan-written', deviceScanView, {
    ...SCANNED,
    written: 'plans/scanned.yaml',
    next: 'coprhd plan plans/scanned.yaml',
  }),
  view('pool-deregister', registrationView, DEREGISTERED),
  view('port-register', registrationView, REGISTERED),
]);
