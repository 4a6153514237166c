import { deviceListView } from '../../src/views/device.ts';
import { discoverView } from '../../src/views/drift.ts';
import { networkFabricsView } from '../../src/views/fabric.ts';
import { networkReachView } from '../../src/views/reach.ts';
import { registrationView } from '../../src/views/registration.ts';
import {
  FABRIC_CONTENTS,
  FABRICS,
  FABRICS_DISCOVERED,
  REACHED,
  SWITCH_DEREGISTERED,
  SWITCHES,
} from './fixtures/fabrics.ts';
import { describeGolden, view } from './golden-case.ts';

describeGolden([
  view('network-fabrics', networkFabricsView, FABRICS),
  view('network-fabrics-contents', networkFabricsView, FABRIC_CONTENTS),
  view('network-reach', networkReachView, REACHED),
  view('discover-fabrics', discoverView, FABRICS_DISCOVERED),
  view('device-list-switches', deviceListView, SWITCHES),
  view('device-deregister-switch', registrationView, SWITCH_DEREGISTERED),
]);
