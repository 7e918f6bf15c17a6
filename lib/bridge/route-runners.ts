/** Runs a route: one class for each direction. */

import { InRunner } from './in-route';
import { OutRunner } from './out-route';
import { AskRunner, ServeRunner } from './request-routes';
import type { RouteHost, RouteRunner } from './route-runner';
import type { CheckedRoute } from './routes';

export function runnerOf(route: CheckedRoute, host: RouteHost): RouteRunner {
  switch (route.direction) {
    case 'out':
      return new OutRunner(route, host);
    case 'in':
      return new InRunner(route, host);
    case 'serve':
      return new ServeRunner(route, host);
    case 'ask':
      return new AskRunner(route, host);
  }
}
